/** The headline series by the second of the intended start: what statistics over time, and the lines of a histogram log, are made from. */
import { type Duration, type Instant, SECOND } from "../protocol/time.ts";
import { Histogram, type HistogramCounts } from "./histogram.ts";
import type { Fold, JoinedCalls } from "./joined-calls.ts";
import { CALL_SERIES, type CallSeries, createCallSeries, recordCall } from "./series.ts";
import type { SecondCounts } from "./statistics/second-counts.ts";

export type CallSeriesName = keyof CallSeries;
/** Each second with a sample, ascending. */
export type SeriesSeconds = Readonly<Record<CallSeriesName, readonly MeasuredSecond[]>>;
/** A second with its exact extremes; its values are the largest of their buckets, wherever in the run they occur. */
export interface MeasuredSecond extends SecondCounts, HistogramCounts {}

/** Calls come nearly in the order of their starts: so many seconds are kept open, the rest as values with counts. */
const OPEN_SECONDS = 4;
/** A histogram takes a millisecond to encode: a run of a minute gets intervals of 1 s, one of an hour intervals of 1 min. */
const MAX_INTERVALS = 60;

type Closed = Readonly<Record<CallSeriesName, HistogramCounts>>;

export class SeriesBySecond implements Fold {
  readonly #timeout: Duration;
  readonly #open = new Map<number, CallSeries>();
  readonly #closed = new Map<number, Closed>();

  constructor(timeout: Duration) {
    this.#timeout = timeout;
  }

  add(batch: JoinedCalls): void {
    let second = Number.NaN;
    let series: CallSeries | undefined;
    for (let row = 0; row < batch.length; row += 1) {
      const of = Math.floor((batch.intendedUs[row] as number) / SECOND);
      if (of !== second || series === undefined) {
        second = of;
        series = this.#series(second);
      }
      recordCall(series, batch, row);
    }
  }

  /** The seconds of each series that have a sample in it. */
  seconds(): SeriesSeconds {
    for (const second of [...this.#open.keys()]) this.#close(second);
    const ordered = [...this.#closed].sort(([a], [b]) => a - b);
    const of = (name: CallSeriesName): MeasuredSecond[] =>
      ordered
        .filter(([, closed]) => closed[name].n > 0)
        .map(([second, closed]) => ({ start: second * SECOND, end: (second + 1) * SECOND, ...closed[name] }));
    return Object.fromEntries(CALL_SERIES.map((name) => [name, of(name)])) as unknown as SeriesSeconds;
  }

  #series(second: number): CallSeries {
    const open = this.#open.get(second);
    if (open !== undefined) return open;
    if (this.#open.size >= OPEN_SECONDS) this.#close(Math.min(...this.#open.keys()));
    const series = createCallSeries(this.#timeout);
    const closed = this.#closed.get(second);
    if (closed !== undefined) for (const name of CALL_SERIES) series[name].addCounts(closed[name]);
    this.#open.set(second, series);
    return series;
  }

  #close(second: number): void {
    const series = this.#open.get(second) as CallSeries;
    this.#open.delete(second);
    const counts = CALL_SERIES.map((name) => [name, series[name].toCounts()]);
    this.#closed.set(second, Object.fromEntries(counts) as Closed);
  }
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
