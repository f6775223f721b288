/** The duration series of a run, each in a histogram: from columns to what percentiles are read from. */
import { OUTCOME_CODE, OUTCOMES, type Outcome } from "../protocol/outcome.ts";
import type { Duration } from "../protocol/time.ts";
import { Histogram } from "./histogram.ts";
import { BATCH_ROWS, type JoinedCalls } from "./joined-calls.ts";

/**
 * - `responseTime`: settled - intended start, over answered Calls (`ok` and `device_error`). The headline.
 * - `responseTimeAll`: the same with the Calls that waited in vain (`timeout`, `no_connection`) at the time they waited, so
 *   that a lost answer makes the tail longer instead of vanishing from it.
 * - `serviceTime`: settled - actual send, over answered Calls. `sendLag`: actual send - intended start, over sent Calls.
 * - `deviceTime`: what the device was programmed to take. `overhead`: service time - device time, over `ok` Calls.
 * - `replyLag`: how much longer the device took than it was programmed to, the fleet's own lateness.
 */
const SERIES = [
  "responseTime",
  "responseTimeAll",
  "serviceTime",
  "sendLag",
  "overhead",
  "deviceTime",
  "replyLag",
] as const;
export type SeriesName = (typeof SERIES)[number];
export type Series = Readonly<Record<SeriesName, Histogram>>;
/** The series that need the caller's columns only. */
export const CALL_SERIES = ["responseTime", "responseTimeAll", "serviceTime", "sendLag"] as const;
export type CallSeries = Readonly<Record<(typeof CALL_SERIES)[number], Histogram>>;

const ANSWERED: readonly Outcome[] = ["ok", "device_error"];
const WAITED_IN_VAIN: readonly Outcome[] = ["timeout", "no_connection"];
/** By outcome code, since every Call is asked about more than once. */
const flags = (outcomes: readonly Outcome[]): readonly boolean[] => OUTCOMES.map((name) => outcomes.includes(name));
const ANSWERED_CODES = flags(ANSWERED);
const WAITED_CODES = flags(WAITED_IN_VAIN);

/** True when the Call of this outcome code was answered by its device. */
export function isAnswered(code: number): boolean {
  return ANSWERED_CODES[code] === true;
}

/** True when the Call of this outcome code waited until its deadline for nothing. */
export function waitedInVain(code: number): boolean {
  return WAITED_CODES[code] === true;
}

/** Empty histograms for every series, wide enough for this timeout. */
export function createSeries(timeout: Duration): Series {
  return Object.fromEntries(SERIES.map((name) => [name, new Histogram(timeout)])) as Series;
}

/** Empty histograms for the series that the caller's columns feed. */
export function createCallSeries(timeout: Duration): CallSeries {
  return Object.fromEntries(CALL_SERIES.map((name) => [name, new Histogram(timeout)])) as unknown as CallSeries;
}

/** Adds every sample of `other`. */
export function mergeSeries(series: Series, other: Series): void {
  for (const name of SERIES) series[name].merge(other[name]);
}

/** Durations on their way into histograms: Calls are recorded many at a time. */
const lags = new Float64Array(BATCH_ROWS);
const responses = new Float64Array(BATCH_ROWS);
const services = new Float64Array(BATCH_ROWS);
const waits = new Float64Array(BATCH_ROWS);

/** Records the Calls of some rows in the series that their caller's columns feed. */
export function recordCalls(series: CallSeries, batch: JoinedCalls, from: number, until: number): void {
  let [sents, answers, timeouts] = [0, 0, 0];
  for (let row = from; row < until; row += 1) {
    const intended = batch.intendedUs[row] as number;
    const sent = batch.sentUs[row] as number;
    const settled = batch.settledUs[row] as number;
    const code = batch.outcome[row] as number;
    if (!Number.isNaN(sent)) {
      lags[sents] = span(sent - intended);
      sents += 1;
    }
    if (isAnswered(code)) {
      responses[answers] = span(settled - intended);
      services[answers] = span(settled - sent);
      answers += 1;
    } else if (waitedInVain(code)) {
      waits[timeouts] = span(settled - intended);
      timeouts += 1;
    }
  }
  series.sendLag.recordMany(lags, sents);
  series.responseTime.recordMany(responses, answers);
  series.serviceTime.recordMany(services, answers);
  series.responseTimeAll.recordMany(responses, answers);
  series.responseTimeAll.recordMany(waits, timeouts);
}

/** Records the Calls of some rows in the series that their devices' ledgers feed. */
export function recordDevices(series: Series, batch: JoinedCalls, from: number, until: number): void {
  let [programs, replies, oks] = [0, 0, 0];
  for (let row = from; row < until; row += 1) {
    const programmed = batch.deviceProgrammedUs[row] as number;
    if (Number.isNaN(programmed)) continue;
    responses[programs] = span(programmed);
    programs += 1;
    const replied = batch.deviceRepliedUs[row] as number;
    // A device that wrote no reply (one-way, or a fault took it) says nothing about lateness or overhead.
    if (Number.isNaN(replied)) continue;
    lags[replies] = span(replied - (batch.deviceReceivedUs[row] as number) - programmed);
    replies += 1;
    if (batch.outcome[row] !== OUTCOME_CODE.ok) continue;
    services[oks] = span((batch.settledUs[row] as number) - (batch.sentUs[row] as number) - programmed);
    oks += 1;
  }
  series.deviceTime.recordMany(responses, programs);
  series.replyLag.recordMany(lags, replies);
  series.overhead.recordMany(services, oks);
}

/** Differences of clocks read in two places may come out some microseconds below zero: they mean zero. */
function span(us: number): number {
  return Math.max(us, 0);
}
