/** One timer for the client timeout of every request in flight: all have the same, so the oldest is the next to be overdue. */
import type { Duration, Instant } from "../../protocol/time.ts";
import { monotonicNow } from "../clock.ts";

export class OverdueWatch {
  readonly #timeout: Duration;
  readonly #giveUp: (before: Instant) => Instant | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** `giveUp` ends every request sent at `before` or earlier, and tells when the oldest of the others was sent. */
  constructor(timeout: Duration, giveUp: (before: Instant) => Instant | undefined) {
    this.#timeout = timeout;
    this.#giveUp = giveUp;
  }

  /** A request was sent; cheap, for a timer that runs already is for an older one. */
  watch(sent: Instant): void {
    this.#timer ??= setTimeout(() => this.#sweep(), (sent + this.#timeout - monotonicNow()) / 1_000 + 1);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #sweep(): void {
    this.#timer = undefined;
    const oldest = this.#giveUp(monotonicNow() - this.#timeout);
    if (oldest !== undefined) this.watch(oldest);
  }
}
