/** A run back from its directory, so that every report can be made again. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readJournal } from "./journal.ts";
import { decodeRunFile } from "./run-file.ts";
import type { RunRecord } from "./run-record.ts";
import { UnreadableRun } from "./unreadable-run.ts";
import { journalPaths, RUN_FILES } from "./write-run.ts";

/**
 * The RunRecord of a run directory, or the first file that is missing, damaged or of another version. Its Calls are read from the
 * journal each time they are asked for.
 */
export function readRun(directory: string): RunRecord | UnreadableRun {
  const runPath = join(directory, RUN_FILES.run);
  const text = readText(runPath);
  const expected = "the facts of a run (rpcfleet.run/2)";
  if (text === undefined) return new UnreadableRun(runPath, expected, "no file");
  const run = decodeRunFile(text);
  if ("problem" in run) return new UnreadableRun(runPath, expected, run.problem);
  const journal = readJournal(journalPaths(directory));
  return journal instanceof UnreadableRun ? journal : { ...run, ...journal };
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
