/** A run that a user has named: it is read, or the error says why not. */
import { type MeasuredRun, readMeasuredRun } from "../../reports/compare/measured-run.ts";

/** Throws UnreadableRun. */
export function mustRead(path: string): MeasuredRun {
  const run = readMeasuredRun(path);
  if (run instanceof Error) throw run;
  return run;
}
