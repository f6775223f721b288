import type { CommandModule } from "yargs";
import { compareRuns } from "../reports/compare/compare-runs.ts";
import type { Comparison, RunSet } from "../reports/compare/comparison.ts";
import { mismatches } from "../reports/compare/sound-runs.ts";
import { mustRead } from "./ab/must-read.ts";
import { printComparison } from "./ab/print-comparison.ts";
import { type PrintArguments, type RuleArguments, readRules, withPrintFlags, withRuleFlags } from "./ab/rule-flags.ts";
import { UsageError } from "./errors.ts";

interface CompareArguments extends RuleArguments, PrintArguments {
  runA: string | undefined;
  runB: string | undefined;
  a: string[] | undefined;
  b: string[] | undefined;
  force: boolean;
}

export const compareCommand: CommandModule<object, CompareArguments> = {
  command: "compare [run-a] [run-b]",
  describe: "Compare runs: what changed from A to B, and how sure that is",
  builder: (yargs) =>
    withPrintFlags(withRuleFlags(yargs))
      .positional("run-a", { type: "string", describe: "A run directory, or the .json of a stored baseline" })
      .positional("run-b", { type: "string", describe: "Another one" })
      .option("a", { type: "string", array: true, describe: "Several runs of A; runs of one seed are pairs" })
      .option("b", { type: "string", array: true, describe: "Several runs of B" })
      .option("force", { type: "boolean", default: false, describe: "Compare although the scenarios differ" })
      .example(
        "$0 compare runs/20260101T120000Z-two-way-latency-7 runs/20260102T120000Z-two-way-latency-7",
        "the differences of two runs",
      )
      .example("$0 compare --a runs/a-* --b runs/b-* --html compare.html", "two sets, with a verdict")
      .example(
        "$0 compare baselines/two-way-latency.json runs/20260102T120000Z-two-way-latency-7 --markdown",
        "against a baseline",
      )
      .epilogue("Exit codes: 0 no regression, 1 regression, 2 usage, 3 cannot tell, 4 a run cannot be read.") as never,
  handler: async (args) => {
    const { a, b } = readSets(args);
    const rules = readRules(args);
    const { within, between } = mismatches(a, b);
    if (within.length > 0) throw new UsageError(within);
    if (between && !args.force) throw new UsageError([mismatchProblem(compareRuns(a, b, rules))]);
    process.exitCode = await printComparison({ a, b, rules, notes: [] }, args);
  },
};

function readSets({ runA, runB, a, b }: CompareArguments): { a: RunSet; b: RunSet } {
  const sets = a !== undefined || b !== undefined;
  const wrong = sets
    ? runA !== undefined || a === undefined || b === undefined || a.length === 0 || b.length === 0
    : runA === undefined || runB === undefined;
  if (wrong) throw new UsageError(["expected two runs, or --a with runs and --b with runs"]);
  const read = (paths: readonly (string | undefined)[], name: string): RunSet => {
    const runs = paths.map((path) => mustRead(path ?? ""));
    const label = runs.length === 1 ? (paths[0] ?? "") : `${name}: ${runs.length} runs`;
    return { label, runs };
  };
  return sets ? { a: read(a ?? [], "--a"), b: read(b ?? [], "--b") } : { a: read([runA], "A"), b: read([runB], "B") };
}

function mismatchProblem({ changedKeys }: Comparison): string {
  const keys = changedKeys.filter(({ ofScenario }) => ofScenario).map(({ key, a, b }) => `${key}: ${a} -> ${b}`);
  return `the runs are of different scenarios (${keys.join("; ")}); --force compares them all the same`;
}
