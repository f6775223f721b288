/** How sure the headline is, and whether the run was steady, as a Summary says it. */
import type { Seed } from "../protocol/random.ts";
import { SECOND } from "../protocol/time.ts";
import { formatMs } from "./format.ts";
import type { StepFacts } from "./run-record.ts";
import { type Interval, quantileInterval } from "./statistics/interval.ts";
import type { SecondCounts } from "./statistics/second-counts.ts";
import { judgeSteadiness } from "./statistics/steadiness.ts";
import type { Certainty, SteadinessSummary, Summary, Uncertainty } from "./summary-schema.ts";

const SHARES = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99, p999: 0.999 } as const;
const NAMES = { p50: "p50", p90: "p90", p95: "p95", p99: "p99", p999: "p99.9" } as const;
const KEYS = ["p50", "p90", "p95", "p99", "p999"] as const;

/** The interval of every listed percentile of a series, or why it has none. */
export function summarizeUncertainty(seconds: readonly SecondCounts[], seed: Seed): Uncertainty {
  const of = (key: keyof typeof SHARES): Certainty => certaintyOf(quantileInterval(seconds, SHARES[key], seed));
  return { p50: of("p50"), p90: of("p90"), p95: of("p95"), p99: of("p99"), p999: of("p999") };
}

function certaintyOf(interval: Interval): Certainty {
  if (interval.kind === "refused") return { refused: interval.reason, neededN: interval.needed ?? null };
  const { lowUs, highUs, method, blockS, effectiveN } = interval;
  return { lowUs, highUs, method, blockS, effectiveN };
}

/** Null for a workload of several steps, which is not meant to be steady. */
export function summarizeSteadiness(
  seconds: readonly SecondCounts[],
  steps: readonly StepFacts[],
): SteadinessSummary | null {
  if (steps.length !== 1) return null;
  const { warmUpUntil, verdict, reason } = judgeSteadiness(seconds);
  return { warmUpS: warmUpUntil / SECOND, verdict, reason };
}

/** Every interval in one line; a percentile with too few samples is left out, as its figure is. */
export function certaintyLine({ uncertainty }: Summary): string | undefined {
  const parts = KEYS.map((key) => [NAMES[key], uncertainty[key]] as const)
    .filter(([, one]) => !("refused" in one) || one.refused === "correlated" || one.refused === "too short")
    .map(([name, one]) => `${name} ${inWords(one)}`);
  return parts.length === 0 ? undefined : parts.join(", ");
}

function inWords(one: Certainty): string {
  if (!("refused" in one)) return `${formatMs(one.lowUs)} to ${formatMs(one.highUs)}`;
  return one.refused === "correlated" ? "correlated: extend the run" : "unknown: the run is too short";
}
