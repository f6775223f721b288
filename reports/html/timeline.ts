/** The run on its time axis: rates by Outcome and latency per slot. Data only; the charts draw it. */
import { OUTCOMES, type Outcome } from "../../protocol/outcome.ts";
import { type Duration, type Instant, MILLISECOND, SECOND } from "../../protocol/time.ts";
import type { FoldedRun } from "../fold-run.ts";
import { Histogram } from "../histogram.ts";
import type { RunRecord } from "../run-record.ts";
import { SHORT_RUN } from "../slot-counts.ts";

/** Fewer samples than this give no percentile of a slot, only a gap. */
export const MIN_SLOT_SAMPLES = 20;
const MAX_SLOTS = 300;
const SLOT_WIDTHS: readonly Duration[] = [100 * MILLISECOND, 250 * MILLISECOND, 500 * MILLISECOND, SECOND].concat(
  [2, 5, 10, 20, 30, 60, 120, 300, 600, 1_200, 3_600].map((width) => width * SECOND),
);

const SETTLED_AFTER_SENT = OUTCOMES.filter((outcome) => outcome !== "dropped" && outcome !== "cancelled");

export interface Slot {
  /** Calls planned to start in the slot, and Calls sent in it. */
  planned: number;
  sent: number;
  /** Calls settled in the slot (dropped and cancelled ones: planned in it), by Outcome. */
  readonly settled: Record<Outcome, number>;
  /** Response times of the answered Calls that were to start in the slot. */
  readonly response: Histogram;
  /** Largest send lag of the Calls that were to start in the slot, or in its second when it is shorter; undefined when none was sent. */
  lagUs: Duration | undefined;
}

export interface Timeline {
  readonly slotUs: Duration;
  readonly slots: readonly Slot[];
}

/** The timeline of a run up to its last settled Call; no slots when nothing was planned. */
export function buildTimeline({ facts, calls }: RunRecord, { extent, slotCounts, seconds }: FoldedRun): Timeline {
  const last = Math.max(extent.lastIntended, extent.lastSettled);
  const end = Math.max(last, Math.min(last + SECOND, facts.steps[0]?.duration ?? 0));
  const slotUs = slotWidth(end);
  const count = calls.length === 0 ? 0 : Math.floor(end / slotUs) + 1;
  const slots = Array.from({ length: count }, () => emptySlot(facts.timeout));
  if (count === 0) return { slotUs, slots };
  const slotAt = (us: Instant): Slot => slots[Math.min(count - 1, Math.max(0, Math.floor(us / slotUs)))] as Slot;
  const isShort = end < SHORT_RUN;
  const stretches = isShort ? slotCounts.beginning : slotCounts.seconds;
  for (let stretch = 0; stretch < stretches.length; stretch += 1) {
    const slot = slotAt(stretch * stretches.width);
    slot.planned += stretches.planned(stretch);
    slot.sent += stretches.sent(stretch);
    for (const [code, outcome] of OUTCOMES.entries()) slot.settled[outcome] += stretches.ended(stretch, code);
  }
  if (!isShort) for (const second of seconds.responseTime) slotAt(second.start).response.addCounts(second);
  else
    for (const [stretch, response] of slotCounts.beginningResponse.entries())
      if (response !== undefined) slotAt(stretch * stretches.width).response.merge(response);
  for (const { start, maxUs } of seconds.sendLag) {
    for (let at = start; at < start + SECOND; at += slotUs) {
      const slot = slotAt(at);
      slot.lagUs = Math.max(slot.lagUs ?? 0, maxUs);
    }
  }
  return { slotUs, slots };
}

/** Calls that were sent and not yet settled at the end of each slot; those cancelled in the end were in flight until then. */
export function inFlight({ slots }: Timeline): number[] {
  let open = 0;
  return slots.map(({ sent, settled }) => {
    open += sent - SETTLED_AFTER_SENT.reduce((sum, outcome) => sum + settled[outcome], 0);
    return Math.max(0, open);
  });
}

/** Quantile `p` of a slot's response times; undefined when there are too few to say. */
export function slotQuantile({ response }: Slot, p: number): Duration | undefined {
  return response.n < MIN_SLOT_SAMPLES ? undefined : response.quantile(p);
}

function emptySlot(timeout: Duration): Slot {
  const settled = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Record<Outcome, number>;
  return { planned: 0, sent: 0, settled, response: new Histogram(timeout), lagUs: undefined };
}

function slotWidth(end: Duration): Duration {
  // A slot of a second is what people read rates in; shorter ones only where the run is too short to show a shape otherwise.
  const shortest = end < 3 * SECOND ? 0 : end < SHORT_RUN ? 500 * MILLISECOND : SECOND;
  return (
    SLOT_WIDTHS.find((width) => width >= shortest && end / width <= MAX_SLOTS) ??
    Math.ceil(end / MAX_SLOTS / SECOND) * SECOND
  );
}
