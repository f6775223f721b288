/** The run on its time axis: rates by Outcome and latency per slot. Data only; the charts draw it. */
import { OUTCOMES, type Outcome } from "../../protocol/outcome.ts";
import { type Duration, MILLISECOND, SECOND } from "../../protocol/time.ts";
import type { RunRecord } from "../run-record.ts";
import { isAnswered } from "../series.ts";

/** Fewer samples than this give no percentile of a slot, only a gap. */
export const MIN_SLOT_SAMPLES = 20;
const MAX_SLOTS = 300;
const SLOT_WIDTHS: readonly Duration[] = [100 * MILLISECOND, 250 * MILLISECOND, 500 * MILLISECOND, SECOND].concat(
  [2, 5, 10, 20, 30, 60, 120, 300, 600, 1_200, 3_600].map((width) => width * SECOND),
);

export interface Slot {
  /** Calls planned to start in the slot, and Calls sent in it. */
  planned: number;
  sent: number;
  /** Calls settled in the slot (dropped and cancelled ones: planned in it), by Outcome. */
  readonly settled: Record<Outcome, number>;
  /** Response times of the answered Calls that were to start in the slot, ascending, microseconds. */
  readonly responseUs: number[];
}

export interface Timeline {
  readonly slotUs: Duration;
  readonly slots: readonly Slot[];
}

/** The timeline of a run up to its last settled Call; no slots when nothing was planned. */
export function buildTimeline(record: RunRecord): Timeline {
  const { calls } = record;
  const end = lastInstant(record);
  const slotUs = slotWidth(end);
  const slots = Array.from({ length: calls.length === 0 ? 0 : Math.floor(end / slotUs) + 1 }, emptySlot);
  const slotAt = (us: number): Slot => slots[Math.min(slots.length - 1, Math.max(0, Math.floor(us / slotUs)))] as Slot;
  for (let call = 0; call < calls.length; call += 1) {
    const intended = calls.intendedUs[call] as number;
    const sent = calls.sentUs[call] as number;
    const settled = calls.settledUs[call] as number;
    const code = calls.outcome[call] as number;
    const start = slotAt(intended);
    start.planned += 1;
    if (!Number.isNaN(sent)) slotAt(sent).sent += 1;
    const outcome = OUTCOMES[code];
    if (outcome !== undefined) slotAt(Number.isNaN(settled) ? intended : settled).settled[outcome] += 1;
    if (isAnswered(code) && !Number.isNaN(settled)) start.responseUs.push(Math.max(0, settled - intended));
  }
  for (const slot of slots) slot.responseUs.sort((a, b) => a - b);
  return { slotUs, slots };
}

/** Sample of rank ceil(p * n) of an ascending array; undefined when there are too few to say. */
export function slotQuantile(ascending: readonly number[], p: number): number | undefined {
  if (ascending.length < MIN_SLOT_SAMPLES) return undefined;
  return ascending[Math.max(1, Math.ceil(p * ascending.length)) - 1];
}

function emptySlot(): Slot {
  const settled = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Record<Outcome, number>;
  return { planned: 0, sent: 0, settled, responseUs: [] };
}

function slotWidth(end: Duration): Duration {
  // A slot of a second is what people read rates in; shorter ones only where the run is too short to show a shape otherwise.
  const shortest = end < 3 * SECOND ? 0 : end < 20 * SECOND ? 500 * MILLISECOND : SECOND;
  return SLOT_WIDTHS.find((width) => width >= shortest && end / width <= MAX_SLOTS) ?? Math.ceil(end / MAX_SLOTS);
}

function lastInstant({ calls, facts }: RunRecord): number {
  let last = 0;
  for (let call = 0; call < calls.length; call += 1) {
    last = Math.max(last, calls.intendedUs[call] as number);
    const settled = calls.settledUs[call] as number;
    if (settled > last) last = settled;
  }
  return Math.max(last, Math.min(last + SECOND, facts.steps[0]?.duration ?? 0));
}
