/** How the figure of a failed Gate went over the run, in equal slots of intended starts: what its sparkline is drawn from. */
import { type Duration, SECOND } from "../protocol/time.ts";
import { type Gate, parseGate } from "./gate.ts";
import { MIN_SLOT_SAMPLES } from "./html/timeline.ts";
import { type Fold, foldCalls, type JoinedCalls } from "./joined-calls.ts";
import type { RunRecord } from "./run-record.ts";
import { createSeries, recordCalls, recordDevices, type Series } from "./series.ts";
import type { Summary, Unit } from "./summary-schema.ts";
import { createTally, type Tally, tallyCalls } from "./tally.ts";

const SLOTS = 20;

export interface GateCourse {
  readonly slotUs: Duration;
  readonly unit: Unit;
  /** One a slot; undefined where the slot has too few Calls to say. */
  readonly values: readonly (number | undefined)[];
}

interface Slot {
  readonly tally: Tally;
  readonly series: Series;
  readonly seconds: number;
}

/** By the text of each failed Gate. Those are left out whose figure has no place in time: strays, which the server counts. */
export function failedGateCourses(record: RunRecord, { gates, window }: Summary): ReadonlyMap<string, GateCourse> {
  const failed = gates.filter(({ verdict }) => verdict === "fail");
  const slotUs = (window.durationS * SECOND) / SLOTS;
  if (failed.length === 0 || slotUs === 0) return new Map();
  const slots = cutIntoSlots(record, slotUs);
  const courses = new Map<string, GateCourse>();
  for (const { text, unit } of failed) {
    const gate = parseGate(text);
    if (gate.kind === "problem") continue;
    const values = slots.map((slot) => figureIn(gate, slot));
    if (values.some((value) => value !== undefined)) courses.set(text, { slotUs, unit, values });
  }
  return courses;
}

function cutIntoSlots({ facts, calls }: RunRecord, slotUs: Duration): readonly Slot[] {
  const cut = new SlotFold(facts.timeout, slotUs);
  foldCalls(calls, cut);
  return cut.slots;
}

class SlotFold implements Fold {
  readonly slots: readonly Slot[];
  readonly #slotUs: Duration;

  constructor(timeout: Duration, slotUs: Duration) {
    this.#slotUs = slotUs;
    this.slots = Array.from({ length: SLOTS }, () => ({
      tally: createTally(),
      series: createSeries(timeout),
      seconds: slotUs / SECOND,
    }));
  }

  add(batch: JoinedCalls): void {
    for (let from = 0; from < batch.length; ) {
      const place = this.#placeOf(batch, from);
      let until = from + 1;
      while (until < batch.length && this.#placeOf(batch, until) === place) until += 1;
      const { tally, series } = this.slots[place] as Slot;
      tallyCalls(tally, batch, from, until);
      recordCalls(series, batch, from, until);
      recordDevices(series, batch, from, until);
      from = until;
    }
  }

  #placeOf({ intendedUs }: JoinedCalls, row: number): number {
    return Math.min(SLOTS - 1, Math.floor((intendedUs[row] as number) / this.#slotUs));
  }
}

function figureIn(gate: Gate, { tally, series, seconds }: Slot): number | undefined {
  if (gate.kind === "latency") {
    const histogram = series[gate.series];
    if (gate.statistic.kind !== "quantile") return histogram[gate.statistic.kind];
    return histogram.n < MIN_SLOT_SAMPLES ? undefined : histogram.quantile(gate.statistic.p);
  }
  if (gate.kind === "throughput") return tally.outcomes.ok / seconds;
  if (gate.kind !== "count" || gate.counted.kind !== "outcome") return undefined;
  const count = tally.outcomes[gate.counted.name];
  if (!gate.isShare) return count;
  return tally.planned === 0 ? undefined : count / tally.planned;
}
