/**
 * One series of a run in one interval of intended starts, usually a second: its samples as values with counts. What uncertainty,
 * warm-up and drift are computed from (measurement rules R6 and R7).
 */
import type { Duration, Instant } from "../../protocol/time.ts";
import { rankOf } from "../quantile-support.ts";

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
  return seconds.length === 0 ? undefined : quantileOfSecond(mergeSeconds(seconds), p);
}

/** The same of a single interval. */
export function quantileOfSecond({ n, valuesUs, counts }: SecondCounts, p: number): Duration | undefined {
  const rank = rankOf(p, n);
  let seen = 0;
  for (let index = 0; index < counts.length; index += 1) {
    seen += counts[index] as number;
    if (seen >= rank) return valuesUs[index];
  }
  return undefined;
}

/** The same samples in at most `most` intervals, each of as many of the given ones; the last may be shorter. */
export function atMostCells(seconds: readonly SecondCounts[], most: number): readonly SecondCounts[] {
  const size = Math.ceil(seconds.length / most);
  if (size <= 1) return seconds;
  const cells: SecondCounts[] = [];
  for (let index = 0; index < seconds.length; index += size)
    cells.push(mergeSeconds(seconds.slice(index, index + size)));
  return cells;
}

/** Adjacent intervals as one; there is at least one. */
export function mergeSeconds(seconds: readonly SecondCounts[]): SecondCounts {
  if (seconds.length === 1) return seconds[0] as SecondCounts;
  const merged = new Map<number, number>();
  let n = 0;
  for (const second of seconds) {
    n += second.n;
    for (let index = 0; index < second.counts.length; index += 1) {
      const value = second.valuesUs[index] as number;
      merged.set(value, (merged.get(value) ?? 0) + (second.counts[index] as number));
    }
  }
  const sorted = [...merged].sort(([a], [b]) => a - b);
  return {
    start: (seconds[0] as SecondCounts).start,
    end: (seconds.at(-1) as SecondCounts).end,
    n,
    valuesUs: Float64Array.from(sorted, ([value]) => value),
    counts: Uint32Array.from(sorted, ([, count]) => count),
  };
}
