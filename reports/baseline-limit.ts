/** Limits that are a ratio of another run's figure. One stored run is a single draw: such a Gate shows trends, it proves no change. */
import { type Duration, MILLISECOND } from "../protocol/time.ts";
import type { Baseline } from "./baseline.ts";
import type { Gate, Statistic } from "./gate.ts";
import type { SeriesName } from "./series.ts";
import type { Distribution } from "./summary-schema.ts";

/** Differences of values below this are the machine's: a ratio alone would alarm at them. */
const FLOOR: Duration = MILLISECOND;
const LISTED = new Map<number, keyof Distribution>([
  [0.5, "p50"],
  [0.9, "p90"],
  [0.95, "p95"],
  [0.99, "p99"],
  [0.999, "p999"],
]);

/** Why the baseline cannot serve this run, with what to do; undefined when it can. */
export function baselineProblem(baseline: Baseline | undefined, scenario: string): string | undefined {
  if (baseline === undefined)
    return "this run has no baseline: name the run to compare it with, as --baseline runs/...";
  if (baseline.scenario !== scenario) {
    return `the baseline is a run of ${baseline.scenario}, not of ${scenario}: name a run of the same scenario`;
  }
  if (baseline.health.verdict === "invalid") {
    return "the baseline's own load generator was not well: make that run again";
  }
  return undefined;
}

/** The limit in microseconds, or why there is none. */
export function latencyLimit(
  gate: Gate & { kind: "latency" },
  baseline: Baseline | undefined,
  scenario: string,
): Duration | string {
  const { limit, series, statistic, operator } = gate;
  if (limit.kind === "fixed") return limit.us;
  const problem = baselineProblem(baseline, scenario);
  if (problem !== undefined || baseline === undefined) return problem ?? "";
  const figure = figureOf(baseline[`${series}Us`], statistic);
  if (typeof figure === "string") return figure;
  const ofBaseline = limit.ratio * figure;
  if (operator.startsWith("<")) return Math.round(Math.max(ofBaseline, limit.orUs ?? FLOOR));
  return Math.round(limit.orUs === undefined ? ofBaseline : Math.min(ofBaseline, limit.orUs));
}

function figureOf(distribution: Baseline[`${SeriesName}Us`], statistic: Statistic): Duration | string {
  const key = statistic.kind === "quantile" ? LISTED.get(statistic.p) : statistic.kind;
  if (key === undefined)
    return `a baseline has ${["p50", "p90", "p95", "p99", "p99.9", "mean", "min", "max"].join(", ")}`;
  return distribution[key] ?? "the baseline has too few samples for this figure: make that run longer";
}
