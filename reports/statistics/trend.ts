/** Whether a series goes somewhere: Mann and Kendall's test, made wary of neighbours that are alike. */
import { autocorrelationTime } from "./autocorrelation.ts";
import { medianOf } from "./settling.ts";

export interface Trend {
  /** Where the straight line through the series begins and ends. */
  readonly from: number;
  readonly to: number;
}

/** One in two hundred series without a trend, were its values independent and the estimate of their likeness exact. */
const SIGNIFICANT = 2.81;
/** A change below this share of the level concerns nobody, however sure it is. */
const NOTICEABLE = 0.05;
const LEAST_VALUES = 5;

/** The trend of a series; undefined when it has none that is both sure and large enough to matter. */
export function findTrend(values: readonly number[]): Trend | undefined {
  if (values.length < LEAST_VALUES) return undefined;
  const slope = theilSen(values);
  const middle = medianOf(values);
  const half = (slope * (values.length - 1)) / 2;
  const [from, to] = [middle - half, middle + half];
  if (Math.abs(to - from) < NOTICEABLE * Math.abs(middle)) return undefined;
  const residuals = values.map((value, index) => value - slope * index);
  const likeness = autocorrelationTime(residuals);
  return Math.abs(mannKendall(values)) / Math.sqrt(likeness) > SIGNIFICANT ? { from, to } : undefined;
}

/** Pairs that rise less pairs that fall, in standard deviations of what chance makes of them. */
function mannKendall(values: readonly number[]): number {
  const n = values.length;
  let rising = 0;
  for (let i = 0; i < n; i += 1) {
    for (let j = i + 1; j < n; j += 1) rising += Math.sign((values[j] as number) - (values[i] as number));
  }
  return rising / Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
}

/** The median slope of all pairs: outliers do not move it. Change for each step. */
function theilSen(values: readonly number[]): number {
  const slopes: number[] = [];
  for (let i = 0; i < values.length; i += 1) {
    for (let j = i + 1; j < values.length; j += 1) {
      slopes.push(((values[j] as number) - (values[i] as number)) / (j - i));
    }
  }
  return medianOf(slopes);
}
