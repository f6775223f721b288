/**
 * The series and the counts of a run, kept by workload step and by second. A run, a step of it and its steps up to the knee are sums of
 * steps, and what the caller's columns feed of a step is the sum of its seconds, so that every Call is recorded once.
 */
import { type Duration, SECOND } from "../protocol/time.ts";
import type { HistogramCounts } from "./histogram.ts";
import { type CallSeriesName, type MeasuredSecond, measuredSecond, type SeriesSeconds } from "./interval-series.ts";
import type { Fold, JoinedCalls } from "./joined-calls.ts";
import {
  CALL_SERIES,
  type CallSeries,
  createCallSeries,
  createSeries,
  mergeSeries,
  recordCalls,
  recordDevices,
  type Series,
} from "./series.ts";
import { createTally, mergeTally, type Tally, tallyCalls } from "./tally.ts";

export interface Measured {
  readonly series: Series;
  readonly tally: Tally;
}

/** A second of one step whose Calls are still coming. */
interface OpenSecond {
  readonly step: number;
  readonly second: number;
  readonly series: CallSeries;
}

/** Calls come nearly in the order of their starts; a Call that is later than so many seconds makes a second part of its own. */
const OPEN_SECONDS = 4;

export class MeasuredSteps implements Fold {
  readonly #timeout: Duration;
  readonly #steps = new Map<number, Measured>();
  readonly #open: OpenSecond[] = [];
  readonly #closed: Record<CallSeriesName, Map<number, HistogramCounts[]>>;
  /** Of seconds that were closed, to be used again. */
  readonly #spare: CallSeries[] = [];

  constructor(timeout: Duration) {
    this.#timeout = timeout;
    const parts = () => new Map<number, HistogramCounts[]>();
    this.#closed = { responseTime: parts(), responseTimeAll: parts(), serviceTime: parts(), sendLag: parts() };
  }

  add(batch: JoinedCalls): void {
    for (let row = 0; row < batch.length; ) {
      const step = batch.step[row] as number;
      const second = Math.floor((batch.intendedUs[row] as number) / SECOND);
      const until = endOfSecond(batch, row, second);
      const { series, tally } = this.#measured(step);
      tallyCalls(tally, batch, row, until);
      recordCalls(this.#openSecond(step, second).series, batch, row, until);
      recordDevices(series, batch, row, until);
      row = until;
    }
  }

  /** Of one step; empty when none of its Calls was planned. */
  step(index: number): Measured {
    this.#closeAll();
    return this.#steps.get(index) ?? this.#empty();
  }

  /** Of all steps up to this one. */
  upTo(last: number): Measured {
    this.#closeAll();
    const sum = this.#empty();
    for (const [index, { series, tally }] of this.#steps) {
      if (index > last) continue;
      mergeSeries(sum.series, series);
      mergeTally(sum.tally, tally);
    }
    return sum;
  }

  /** Of the whole run. */
  whole(): Measured {
    return this.upTo(Number.POSITIVE_INFINITY);
  }

  /** The seconds of each series that have a sample in it, over all steps. */
  seconds(): SeriesSeconds {
    this.#closeAll();
    const of = (name: CallSeriesName): MeasuredSecond[] =>
      [...this.#closed[name]]
        .sort(([a], [b]) => a - b)
        .map(([second, parts]) => measuredSecond(second, parts, this.#timeout));
    return Object.fromEntries(CALL_SERIES.map((name) => [name, of(name)])) as unknown as SeriesSeconds;
  }

  #measured(step: number): Measured {
    const known = this.#steps.get(step);
    if (known !== undefined) return known;
    const measured = this.#empty();
    this.#steps.set(step, measured);
    return measured;
  }

  #openSecond(step: number, second: number): OpenSecond {
    const known = this.#open.find((open) => open.second === second && open.step === step);
    if (known !== undefined) return known;
    if (this.#open.length >= OPEN_SECONDS) this.#close(this.#open.shift() as OpenSecond);
    const opened = { step, second, series: this.#spare.pop() ?? createCallSeries(this.#timeout) };
    this.#open.push(opened);
    return opened;
  }

  #closeAll(): void {
    for (const open of this.#open.splice(0)) this.#close(open);
  }

  #close({ step, second, series }: OpenSecond): void {
    const sum = this.#measured(step).series;
    for (const name of CALL_SERIES) {
      const counts = series[name].toCounts();
      series[name].clear();
      if (counts.n === 0) continue;
      sum[name].addCounts(counts);
      const parts = this.#closed[name].get(second);
      if (parts === undefined) this.#closed[name].set(second, [counts]);
      else parts.push(counts);
    }
    this.#spare.push(series);
  }

  #empty(): Measured {
    return { series: createSeries(this.#timeout), tally: createTally() };
  }
}

/** The row behind the last of those from `first` on that are of the same step and were to start in the same second. */
function endOfSecond({ length, step, intendedUs }: JoinedCalls, first: number, second: number): number {
  const [from, until] = [second * SECOND, (second + 1) * SECOND];
  let row = first + 1;
  while (row < length && step[row] === step[first]) {
    const intended = intendedUs[row] as number;
    if (!(intended >= from && intended < until)) break;
    row += 1;
  }
  return row;
}
