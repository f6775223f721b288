/** The files a run is remembered by, with what proves that they are still the same. */
import { createHash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import { join } from "node:path";

const CHUNK_BYTES = 1 << 20;

export interface RawFile {
  readonly name: string;
  readonly bytes: number;
  /** Of its content, hexadecimal. */
  readonly sha256: string;
}

/** Those of the named files that the folder has, in the order of their names here. */
export function readRawFiles(directory: string, names: readonly string[]): RawFile[] {
  return names.map((name) => readRawFile(directory, name)).filter((file) => file !== undefined);
}

function readRawFile(directory: string, name: string): RawFile | undefined {
  let file: number;
  try {
    file = openSync(join(directory, name), "r");
  } catch {
    return undefined;
  }
  try {
    const hash = createHash("sha256");
    const chunk = new Uint8Array(CHUNK_BYTES);
    let bytes = 0;
    for (;;) {
      const read = readSync(file, chunk);
      if (read === 0) return { name, bytes, sha256: hash.digest("hex") };
      hash.update(chunk.subarray(0, read));
      bytes += read;
    }
  } finally {
    closeSync(file);
  }
}
