/** One timer for the client timeouts of every request in flight. */
import type { Instant } from "../../protocol/time.ts";
import { monotonicNow } from "../clock.ts";

export class OverdueWatch {
  readonly #giveUp: (now: Instant) => Instant | undefined;
  #timer: NodeJS.Timeout | undefined;
  #setFor: Instant = Number.POSITIVE_INFINITY;

  /** `giveUp` ends every request that is overdue, and tells when the next of the others will be. */
  constructor(giveUp: (now: Instant) => Instant | undefined) {
    this.#giveUp = giveUp;
  }

  /** A request was sent; cheap, for the timer that runs already is almost always for an earlier one. */
  watch(deadline: Instant): void {
    if (deadline >= this.#setFor) return;
    clearTimeout(this.#timer);
    this.#setFor = deadline;
    this.#timer = setTimeout(() => this.#sweep(), (deadline - monotonicNow()) / 1_000 + 1);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #sweep(): void {
    this.#setFor = Number.POSITIVE_INFINITY;
    const next = this.#giveUp(monotonicNow());
    if (next !== undefined) this.watch(next);
  }
}
