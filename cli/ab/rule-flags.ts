/** The flags of every command that compares: the rules of a verdict, and the form it is printed in. */
import type { Argv } from "yargs";
import { DEFAULT_RULES, type Rules } from "../../reports/compare/comparison.ts";
import { METRIC_NAMES } from "../../reports/compare/metric.ts";
import { nearestName } from "../../reports/nearest-name.ts";
import { UsageError } from "../errors.ts";

export interface RuleArguments {
  floor: string;
  metrics: string;
  baselines: string;
}

export interface PrintArguments {
  json: boolean;
  markdown: boolean;
  html: string | undefined;
}

export function withRuleFlags(yargs: Argv): Argv {
  return yargs
    .option("floor", { type: "string", default: "3%", describe: "Changes up to this are not worth a verdict" })
    .option("metrics", {
      type: "string",
      default: DEFAULT_RULES.deciding.join(","),
      describe: `Metrics that decide, with commas; each more takes more pairs: ${METRIC_NAMES.join(", ")}`,
    })
    .option("baselines", { type: "string", default: "baselines", describe: "Folder of baselines and calibrations" });
}

export function withPrintFlags(yargs: Argv): Argv {
  return yargs
    .option("json", { type: "boolean", default: false, describe: "Print the comparison as JSON" })
    .option("markdown", { type: "boolean", default: false, describe: "Print it as Markdown, for a comment" })
    .option("html", { type: "string", describe: "Write one self-contained page to this file" });
}

/** The rules of a verdict as the flags say; throws UsageError with every problem. */
export function readRules({ floor, metrics }: RuleArguments): Rules {
  const problems: string[] = [];
  const share = readPercent(floor);
  if (share === undefined || share >= 1) problems.push(`--floor: expected a percentage such as 3%, got "${floor}"`);
  const deciding = metrics
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  if (deciding.length === 0) problems.push("--metrics: expected at least one metric");
  for (const name of deciding) {
    if (METRIC_NAMES.includes(name)) continue;
    const near = nearestName(name, METRIC_NAMES);
    problems.push(`--metrics: no metric "${name}"; did you mean "${near}"? (${METRIC_NAMES.join(", ")})`);
  }
  if (problems.length > 0) throw new UsageError(problems);
  return { ...DEFAULT_RULES, floor: share ?? DEFAULT_RULES.floor, deciding: [...new Set(deciding)] };
}

/** `10%` as 0.1; undefined for anything else. */
export function readPercent(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*%$/.exec(text.trim());
  return match === null ? undefined : Number(match[1]) / 100;
}
