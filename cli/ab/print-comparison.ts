/** A comparison on standard output, and as a page where that is wanted. */

import { compareRuns, comparisonExitCode } from "../../reports/compare/compare-runs.ts";
import type { Rules, RunSet } from "../../reports/compare/comparison.ts";
import { renderComparisonMarkdown } from "../../reports/compare/comparison-markdown.ts";
import { renderComparisonText } from "../../reports/compare/comparison-text.ts";
import { renderComparisonHtml } from "../../reports/compare/html/comparison-html.ts";
import { calibrationOf } from "../../reports/compare/machine-noise.ts";
import type { MeasuredRun } from "../../reports/compare/measured-run.ts";
import type { PrintArguments, RuleArguments } from "./rule-flags.ts";
import { writeText } from "./write-text.ts";

export interface Compared {
  readonly a: RunSet;
  readonly b: RunSet;
  readonly rules: Rules;
  readonly notes: readonly string[];
}

/** Compares, prints in the form that is asked for, writes the page; returns the exit code. */
export async function printComparison(
  { a, b, rules, notes }: Compared,
  { json, markdown, html, baselines }: PrintArguments & Pick<RuleArguments, "baselines">,
): Promise<number> {
  const comparison = compareRuns(a, b, rules, notes);
  const calibration = calibrationOf((b.runs[0] as MeasuredRun).figures, baselines);
  if (html !== undefined) await writeText(html, renderComparisonHtml({ a, b, comparison, calibration }));
  if (json) process.stdout.write(`${JSON.stringify(comparison, null, 2)}\n`);
  else if (markdown) process.stdout.write(renderComparisonMarkdown(comparison, calibration));
  else {
    const colours = process.stdout.isTTY === true;
    process.stdout.write(renderComparisonText(comparison, { colours, calibration, html }));
  }
  return comparisonExitCode(comparison);
}
