/** How many Calls were to start, were sent and ended in each short stretch of a run: what its timeline is drawn from. */
import { OUTCOMES } from "../protocol/outcome.ts";
import { type Duration, type Instant, MILLISECOND, SECOND } from "../protocol/time.ts";
import { Histogram } from "./histogram.ts";
import type { Fold, JoinedCalls } from "./joined-calls.ts";
import { isAnswered } from "./series.ts";

/** Runs up to so long are shown in stretches of less than a second. */
export const SHORT_RUN: Duration = 20 * SECOND;
const FINE: Duration = 100 * MILLISECOND;
const FINE_PER_SECOND = SECOND / FINE;
const FINE_OF_SHORT_RUN = SHORT_RUN / FINE;
/** Counters of a stretch: planned, sent, and the ended ones by Outcome. */
const SENT = 1;
const ENDED = 2;
const STRIDE = ENDED + OUTCOMES.length;
const FIRST_STRETCHES = 256;

/** Counts over stretches of one width. */
class StretchCounts {
  readonly width: Duration;
  #counts = new Uint32Array(FIRST_STRETCHES * STRIDE);
  /** Stretches up to the last one with a count. */
  length = 0;

  constructor(width: Duration) {
    this.width = width;
  }

  /** Counts a Call in this stretch. */
  count(stretch: number, counter: number): void {
    if (stretch >= this.length) this.#reach(stretch);
    const cell = stretch * STRIDE + counter;
    this.#counts[cell] = (this.#counts[cell] as number) + 1;
  }

  planned(stretch: number): number {
    return this.#counts[stretch * STRIDE] as number;
  }

  sent(stretch: number): number {
    return this.#counts[stretch * STRIDE + SENT] as number;
  }

  /** Calls with the Outcome of this code that settled in the stretch; those without a settled time were to start in it. */
  ended(stretch: number, code: number): number {
    return this.#counts[stretch * STRIDE + ENDED + code] as number;
  }

  #reach(stretch: number): void {
    this.length = stretch + 1;
    if (this.length * STRIDE <= this.#counts.length) return;
    const bigger = new Uint32Array(Math.max(2 * this.#counts.length, this.length * STRIDE));
    bigger.set(this.#counts);
    this.#counts = bigger;
  }
}

/** Counts by the second for the whole of a run, and ten times finer for its beginning: a short run is all beginning. */
export class SlotCounts implements Fold {
  readonly seconds = new StretchCounts(SECOND);
  readonly beginning = new StretchCounts(FINE);
  /** Response times of the answered Calls that were to start in each stretch of the beginning. */
  readonly beginningResponse: (Histogram | undefined)[] = [];
  readonly #timeout: Duration;

  constructor(timeout: Duration) {
    this.#timeout = timeout;
  }

  add(batch: JoinedCalls): void {
    for (let row = 0; row < batch.length; row += 1) {
      const intended = batch.intendedUs[row] as number;
      const sent = batch.sentUs[row] as number;
      const settled = batch.settledUs[row] as number;
      const code = batch.outcome[row] as number;
      const start = Math.floor(intended / FINE) | 0;
      this.#count(start, 0);
      if (!Number.isNaN(sent)) this.#count(Math.floor(sent / FINE) | 0, SENT);
      const end = Number.isNaN(settled) ? start : Math.floor(settled / FINE) | 0;
      if (code < OUTCOMES.length) this.#count(end, ENDED + code);
      if (intended < SHORT_RUN && isAnswered(code)) this.#respond(intended, settled - intended);
    }
  }

  /** Stretches come in as hundreds of milliseconds: whole numbers, of which the rest follows. */
  #count(fine: number, counter: number): void {
    const stretch = Math.max(0, fine);
    this.seconds.count(Math.floor(stretch / FINE_PER_SECOND), counter);
    if (stretch < FINE_OF_SHORT_RUN) this.beginning.count(stretch, counter);
  }

  #respond(intended: Instant, response: Duration): void {
    const stretch = Math.max(0, Math.floor(intended / FINE));
    const histogram = this.beginningResponse[stretch] ?? new Histogram(this.#timeout);
    this.beginningResponse[stretch] = histogram;
    histogram.record(Math.max(0, response));
  }
}
