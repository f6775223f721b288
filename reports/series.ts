/** The duration series of a run, each in a histogram: from columns to what percentiles are read from. */
import { OUTCOME_CODE, type Outcome } from "../protocol/outcome.ts";
import type { Duration } from "../protocol/time.ts";
import { Histogram } from "./histogram.ts";
import type { LedgerJoin } from "./ledger-join.ts";
import type { RunRecord } from "./run-record.ts";

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
const codes = (outcomes: readonly Outcome[]): ReadonlySet<number> =>
  new Set(outcomes.map((name) => OUTCOME_CODE[name]));
const ANSWERED_CODES = codes(ANSWERED);
const WAITED_CODES = codes(WAITED_IN_VAIN);

/** True when the Call of this outcome code was answered by its device. */
export function isAnswered(code: number): boolean {
  return ANSWERED_CODES.has(code);
}

/** True when the Call of this outcome code waited until its deadline for nothing. */
export function waitedInVain(code: number): boolean {
  return WAITED_CODES.has(code);
}

/** Empty histograms for every series, wide enough for this timeout. */
function createSeries(timeout: Duration): Series {
  return Object.fromEntries(SERIES.map((name) => [name, new Histogram(timeout)])) as Series;
}

/** The series of the Calls that `includes` lets through (all of them by default). */
export function measureSeries(record: RunRecord, join: LedgerJoin, includes?: (call: number) => boolean): Series {
  const series = createSeries(record.facts.timeout);
  for (let call = 0; call < record.calls.length; call += 1) {
    if (includes !== undefined && !includes(call)) continue;
    recordCall(series, record, call);
    const row = join.rowOfCall[call] as number;
    if (row >= 0) recordDevice(series, record, { call, row });
  }
  return series;
}

/** Records one Call in the series that its caller's columns feed. */
export function recordCall(series: CallSeries, { calls }: RunRecord, call: number): void {
  const intended = calls.intendedUs[call] as number;
  const sent = calls.sentUs[call] as number;
  const settled = calls.settledUs[call] as number;
  const code = calls.outcome[call] as number;
  if (!Number.isNaN(sent)) recordSpan(series.sendLag, sent - intended);
  if (isAnswered(code)) {
    recordSpan(series.responseTime, settled - intended);
    recordSpan(series.serviceTime, settled - sent);
  }
  if (isAnswered(code) || waitedInVain(code)) recordSpan(series.responseTimeAll, settled - intended);
}

function recordDevice(
  series: Series,
  { calls, ledger }: RunRecord,
  { call, row }: { call: number; row: number },
): void {
  const programmed = ledger.programmedUs[row] as number;
  const replied = ledger.repliedUs[row] as number;
  if (Number.isNaN(programmed)) return;
  recordSpan(series.deviceTime, programmed);
  // A device that wrote no reply (one-way, or a fault took it) says nothing about lateness or overhead.
  if (Number.isNaN(replied)) return;
  recordSpan(series.replyLag, replied - (ledger.receivedUs[row] as number) - programmed);
  if (calls.outcome[call] !== OUTCOME_CODE.ok) return;
  recordSpan(series.overhead, (calls.settledUs[call] as number) - (calls.sentUs[call] as number) - programmed);
}

/** Differences of clocks read in two places may come out some microseconds below zero: they mean zero. */
function recordSpan(histogram: Histogram, us: number): void {
  histogram.record(Math.max(0, us));
}
