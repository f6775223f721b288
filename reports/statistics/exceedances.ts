/**
 * How far the samples of a series hang together, seen through one quantile: each interval's count of samples above it. Its average
 * is what the quantile inverts, so what blurs this count blurs the quantile.
 */
import type { Duration } from "../../protocol/time.ts";
import type { SecondCounts } from "./second-counts.ts";

export interface Exceedances {
  /** Samples above the threshold in each interval. */
  readonly above: Float64Array;
  /** Samples in each interval. */
  readonly n: Float64Array;
  /** Share of all samples above the threshold. */
  readonly share: number;
  /** Each interval's count above, less what its size lets expect. */
  readonly excess: Float64Array;
}

/** Counts samples above `threshold`, interval by interval. */
export function countExceedances(seconds: readonly SecondCounts[], threshold: Duration): Exceedances {
  const above = Float64Array.from(seconds, (second) => countAbove(second, threshold));
  const n = Float64Array.from(seconds, (second) => second.n);
  const total = n.reduce((sum, count) => sum + count, 0);
  const share = total === 0 ? 0 : above.reduce((sum, count) => sum + count, 0) / total;
  const excess = above.map((count, index) => count - share * (n[index] as number));
  return { above, n, share, excess };
}

function countAbove({ valuesUs, counts }: SecondCounts, threshold: Duration): number {
  let above = 0;
  for (let index = valuesUs.length - 1; index >= 0 && (valuesUs[index] as number) > threshold; index -= 1) {
    above += counts[index] as number;
  }
  return above;
}

/**
 * How many times wider the variance of the share is than independent samples would make it, seen in blocks of `length` intervals
 * (on a ring, so that each interval counts alike). 1: independent; n / this is the effective number of samples.
 */
export function varianceInflation({ excess, n, share }: Exceedances, length: number): number {
  const count = excess.length;
  const total = n.reduce((sum, one) => sum + one, 0);
  const independent = total * share * (1 - share);
  if (independent === 0 || count <= length) return 1;
  let block = 0;
  for (let index = 0; index < length; index += 1) block += excess[index] as number;
  let squares = 0;
  for (let start = 0; start < count; start += 1) {
    squares += block * block;
    block += (excess[(start + length) % count] as number) - (excess[start] as number);
  }
  // The mean was taken from the same blocks: one of count / length degrees of freedom is gone.
  return (squares / length / independent) * (count / (count - length));
}
