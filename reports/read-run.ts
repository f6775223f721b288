/** A run back from its directory, so that every report can be made again. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readJournal } from "./journal.ts";
import { decodeRunFile } from "./run-file.ts";
import type { RunRecord } from "./run-record.ts";
import { UnreadableRun } from "./unreadable-run.ts";
import { RUN_FILES } from "./write-run.ts";

/** The RunRecord of a run directory, or the first file that is missing, damaged or of another version. */
export function readRun(directory: string): RunRecord | UnreadableRun {
  const path = (name: string): string => join(directory, name);
  const runPath = path(RUN_FILES.run);
  const text = readBytes(runPath);
  const expected = "the facts of a run (rpcfleet.run/2)";
  if (text === undefined) return new UnreadableRun(runPath, expected, "no file");
  const run = decodeRunFile(new TextDecoder().decode(text));
  if ("problem" in run) return new UnreadableRun(runPath, expected, run.problem);

  const paths = { journal: path(RUN_FILES.journal), extraRequests: path(RUN_FILES.extraRequests) };
  const bytes = readBytes(paths.journal);
  if (bytes === undefined) return new UnreadableRun(paths.journal, "the journal of a run", "no file");
  const journal = readJournal({ journal: bytes, extraRequests: readBytes(paths.extraRequests) }, paths);
  return journal instanceof UnreadableRun ? journal : { ...run, ...journal };
}

function readBytes(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
