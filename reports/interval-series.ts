/** The headline series cut into intervals by intended start: the lines of a histogram log. */
import { type Duration, type Instant, SECOND } from "../protocol/time.ts";
import { Histogram } from "./histogram.ts";
import type { RunRecord } from "./run-record.ts";
import { CALL_SERIES, type CallSeries, recordCall } from "./series.ts";

/** A histogram takes a millisecond to encode: a run of a minute gets intervals of 1 s, one of an hour intervals of 1 min. */
const MAX_INTERVALS = 60;

interface Slice {
  readonly start: Instant;
  readonly end: Instant;
  readonly histogram: Histogram;
}

/** Histograms per interval of whole seconds, ascending; intervals without a sample are left out. */
export function sliceSeries(record: RunRecord): Readonly<Record<keyof CallSeries, readonly Slice[]>> {
  const { calls, facts } = record;
  const width = intervalWidth(record);
  const create = (): CallSeries =>
    Object.fromEntries(CALL_SERIES.map((name) => [name, new Histogram(facts.timeout)])) as unknown as CallSeries;
  const bySlot = new Map<number, CallSeries>();
  for (let call = 0; call < calls.length; call += 1) {
    const slot = Math.floor((calls.intendedUs[call] as number) / width);
    const series = bySlot.get(slot) ?? create();
    bySlot.set(slot, series);
    recordCall(series, record, call);
  }
  const slots = [...bySlot.entries()].sort(([a], [b]) => a - b);
  const slices = (name: keyof CallSeries): Slice[] =>
    slots
      .map(([slot, series]) => ({ start: slot * width, end: (slot + 1) * width, histogram: series[name] }))
      .filter(({ histogram }) => histogram.n > 0);
  return Object.fromEntries(CALL_SERIES.map((name) => [name, slices(name)])) as Record<keyof CallSeries, Slice[]>;
}

function intervalWidth({ calls }: RunRecord): Duration {
  let last = 0;
  for (let call = 0; call < calls.length; call += 1) last = Math.max(last, calls.intendedUs[call] as number);
  return Math.max(1, Math.ceil(last / SECOND / MAX_INTERVALS)) * SECOND;
}
