/** Files that are there whole or not at all. */
import { randomUUID } from "node:crypto";
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { UnwritableRun } from "./unreadable-run.ts";

/** Appends these bytes to the file that is being written. */
export type Append = (bytes: Uint8Array) => void;

/**
 * Gives `path` the content that `produce` appends, under its name only when all of it is on the disk. Throws UnwritableRun (path
 * and cause) and leaves nothing behind when it cannot.
 */
export function writeWhole(path: string, produce: (append: Append) => void): void {
  const unfinished = `${path}.${randomUUID()}.part`;
  try {
    const file = openSync(unfinished, "wx");
    try {
      produce((bytes) => {
        for (let at = 0; at < bytes.byteLength; ) at += writeSync(file, bytes, at);
      });
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(unfinished, path);
  } catch (error) {
    removeQuietly(unfinished);
    throw new UnwritableRun(path, error as Error);
  }
}

/** The first error is the one that tells; that the leftover cannot be removed either would only hide it. */
function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // See above.
  }
}
