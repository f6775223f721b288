/**
 * One series of a run in one interval of intended starts, usually a second: its samples as values with counts. What uncertainty,
 * warm-up and drift are computed from (measurement rules R6 and R7).
 */
import type { Duration, Instant } from "../../protocol/time.ts";

export interface SecondCounts {
  /** Since the run's origin; the interval ends before `end`. */
  readonly start: Instant;
  readonly end: Instant;
  /** Samples in the interval; the sum of `counts`. */
  readonly n: number;
  /** Microseconds, ascending, each the representative of its bucket as the Histogram has it; no value without a count. */
  readonly valuesUs: Float64Array;
  readonly counts: Uint32Array;
}

/** The sample of rank ceil(p * n) of these intervals taken together; undefined when they have none. `p` is a share in (0, 1]. */
export function quantileOfSeconds(seconds: readonly SecondCounts[], p: number): Duration | undefined {
  const merged = new Map<number, number>();
  let n = 0;
  for (const second of seconds) {
    n += second.n;
    for (const [index, value] of second.valuesUs.entries())
      merged.set(value, (merged.get(value) ?? 0) + (second.counts[index] as number));
  }
  const rank = Math.max(1, Math.ceil(p * n - n * Number.EPSILON));
  let seen = 0;
  for (const [value, count] of [...merged].sort(([a], [b]) => a - b)) {
    seen += count;
    if (seen >= rank) return value;
  }
  return undefined;
}
