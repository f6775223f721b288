/** The headline series by the second of the intended start: what statistics over time, and the lines of a histogram log, are made from. */
import { type Duration, type Instant, SECOND } from "../protocol/time.ts";
import { Histogram, type HistogramCounts } from "./histogram.ts";
import type { CallSeries } from "./series.ts";
import type { SecondCounts } from "./statistics/second-counts.ts";

export type CallSeriesName = keyof CallSeries;
/** Each second with a sample, ascending. */
export type SeriesSeconds = Readonly<Record<CallSeriesName, readonly MeasuredSecond[]>>;
/** A second with its exact extremes; its values are the largest of their buckets, wherever in the run they occur. */
export interface MeasuredSecond extends SecondCounts, HistogramCounts {}

/** A histogram takes a millisecond to encode: a run of a minute gets intervals of 1 s, one of an hour intervals of 1 min. */
const MAX_INTERVALS = 60;

/** One series of one second, possibly in several parts, as a second. */
export function measuredSecond(second: number, parts: readonly HistogramCounts[], timeout: Duration): MeasuredSecond {
  const [only] = parts;
  const place = { start: second * SECOND, end: (second + 1) * SECOND };
  if (only !== undefined && parts.length === 1) return { ...place, ...only };
  const sum = new Histogram(timeout);
  for (const part of parts) sum.addCounts(part);
  return { ...place, ...sum.toCounts() };
}

export interface Slice {
  readonly start: Instant;
  readonly end: Instant;
  readonly histogram: Histogram;
}

/** Seconds joined to intervals of whole seconds, at most 60 of them up to `last`; those without a sample are left out. */
export function sliceSeconds(seconds: readonly MeasuredSecond[], timeout: Duration, last: Instant): Slice[] {
  const width = Math.max(1, Math.ceil(last / SECOND / MAX_INTERVALS)) * SECOND;
  const slices = new Map<number, Histogram>();
  for (const second of seconds) {
    const slot = Math.floor(second.start / width);
    const histogram = slices.get(slot) ?? new Histogram(timeout);
    slices.set(slot, histogram);
    histogram.addCounts(second);
  }
  return [...slices].map(([slot, histogram]) => ({ start: slot * width, end: (slot + 1) * width, histogram }));
}
