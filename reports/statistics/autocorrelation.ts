/** Whether the intervals of a run hang together, and for how long. */
import { Z95 } from "./normal.ts";

/** Ranks from 1, equal values sharing their mean rank. */
function ranksOf(values: ArrayLike<number>): Float64Array {
  const order = Array.from({ length: values.length }, (_, index) => index);
  order.sort((a, b) => (values[a] as number) - (values[b] as number));
  const ranks = new Float64Array(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && values[order[end] as number] === values[order[start] as number]) end += 1;
    for (let index = start; index < end; index += 1) ranks[order[index] as number] = (start + 1 + end) / 2;
    start = end;
  }
  return ranks;
}

/** Correlation of a series with itself `lag` intervals later, -1 to 1; 0 for a constant or too short one. */
function autocorrelation(values: ArrayLike<number>, lag: number): number {
  const { length } = values;
  if (length <= lag + 1) return 0;
  let mean = 0;
  for (let index = 0; index < length; index += 1) mean += values[index] as number;
  mean /= length;
  let variance = 0;
  let product = 0;
  for (let index = 0; index < length; index += 1) {
    const here = (values[index] as number) - mean;
    variance += here * here;
    if (index + lag < length) product += here * ((values[index + lag] as number) - mean);
  }
  // What is left of a constant series is rounding.
  return variance <= length * (mean * Number.EPSILON * length) ** 2 ? 0 : product / variance;
}

/** Lag-1 correlation of the ranks: one wild interval counts no more than any other. */
export function rankAutocorrelation(values: ArrayLike<number>): number {
  return autocorrelation(ranksOf(values), 1);
}

/** True when a lag-1 correlation over `length` intervals is too large for chance: beyond 95 % of what independent ones show. */
export function isSignificant(correlation: number, length: number): boolean {
  // An independent series has expectation -1/length, not 0.
  return Math.abs(correlation + 1 / length) > Z95 / Math.sqrt(length);
}

/**
 * Autocorrelation time in intervals, at least 1: 1 + 2 times the sum of correlations up to the first one that chance explains, and
 * up to a quarter of the run.
 */
export function autocorrelationTime(values: ArrayLike<number>): number {
  const { length } = values;
  let time = 1;
  for (let lag = 1; lag <= length / 4; lag += 1) {
    const correlation = autocorrelation(values, lag);
    if (correlation < Z95 / Math.sqrt(length)) break;
    time += 2 * correlation;
  }
  return time;
}
