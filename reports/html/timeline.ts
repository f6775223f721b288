/** The run on its time axis: rates by Outcome and latency per slot. Data only; the charts draw it. */
import { OUTCOMES, type Outcome } from "../../protocol/outcome.ts";
import { type Duration, type Instant, MILLISECOND, SECOND } from "../../protocol/time.ts";
import type { Extent } from "../fold-run.ts";
import { Histogram } from "../histogram.ts";
import { type Fold, foldCalls, type JoinedCalls } from "../joined-calls.ts";
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
  /** Response times of the answered Calls that were to start in the slot. */
  readonly response: Histogram;
}

export interface Timeline {
  readonly slotUs: Duration;
  readonly slots: readonly Slot[];
}

/** The timeline of a run up to its last settled Call; no slots when nothing was planned. */
export function buildTimeline({ facts, calls }: RunRecord, extent: Extent): Timeline {
  const last = Math.max(extent.lastIntended, extent.lastSettled);
  const end = Math.max(last, Math.min(last + SECOND, facts.steps[0]?.duration ?? 0));
  const slotUs = slotWidth(end);
  const count = calls.length === 0 ? 0 : Math.floor(end / slotUs) + 1;
  const slots = Array.from({ length: count }, () => emptySlot(facts.timeout));
  if (count > 0) foldCalls(calls, new SlotFold(slots, slotUs));
  return { slotUs, slots };
}

class SlotFold implements Fold {
  readonly #slots: readonly Slot[];
  readonly #slotUs: Duration;

  constructor(slots: readonly Slot[], slotUs: Duration) {
    this.#slots = slots;
    this.#slotUs = slotUs;
  }

  add(batch: JoinedCalls): void {
    for (let row = 0; row < batch.length; row += 1) {
      const intended = batch.intendedUs[row] as number;
      const sent = batch.sentUs[row] as number;
      const settled = batch.settledUs[row] as number;
      const code = batch.outcome[row] as number;
      const start = this.#at(intended);
      start.planned += 1;
      if (!Number.isNaN(sent)) this.#at(sent).sent += 1;
      const outcome = OUTCOMES[code];
      if (outcome !== undefined) this.#at(Number.isNaN(settled) ? intended : settled).settled[outcome] += 1;
      if (isAnswered(code) && !Number.isNaN(settled)) start.response.record(Math.max(0, settled - intended));
    }
  }

  #at(us: Instant): Slot {
    const slots = this.#slots;
    return slots[Math.min(slots.length - 1, Math.max(0, Math.floor(us / this.#slotUs)))] as Slot;
  }
}

/** Quantile `p` of a slot's response times; undefined when there are too few to say. */
export function slotQuantile({ response }: Slot, p: number): Duration | undefined {
  return response.n < MIN_SLOT_SAMPLES ? undefined : response.quantile(p);
}

function emptySlot(timeout: Duration): Slot {
  const settled = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Record<Outcome, number>;
  return { planned: 0, sent: 0, settled, response: new Histogram(timeout) };
}

function slotWidth(end: Duration): Duration {
  // A slot of a second is what people read rates in; shorter ones only where the run is too short to show a shape otherwise.
  const shortest = end < 3 * SECOND ? 0 : end < 20 * SECOND ? 500 * MILLISECOND : SECOND;
  return SLOT_WIDTHS.find((width) => width >= shortest && end / width <= MAX_SLOTS) ?? Math.ceil(end / MAX_SLOTS);
}
