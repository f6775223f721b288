/** The run that gates such as `p99(rtt) <= 1.10 * baseline` are held against. */

import type { Baseline } from "../../reports/baseline.ts";
import { readRunFigures } from "../../reports/compare/measured-run.ts";

/** From a run directory, or a file of `baseline save`; adds a problem when it cannot be read. */
export function baselineOf(path: string | undefined, problems: string[]): Baseline | undefined {
  if (path === undefined) return undefined;
  const run = readRunFigures(path);
  if (!(run instanceof Error)) return run.figures;
  problems.push(`--baseline: ${run.message}`);
  return undefined;
}
