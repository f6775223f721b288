/**
 * Watches the thread it runs in: once a second, how busy its event loop was and what collecting garbage cost. Reading both takes
 * microseconds; the counting is done by Node and V8 anyway.
 */
import { type PerformanceEntry, PerformanceObserver, performance } from "node:perf_hooks";
import type { Duration, Instant } from "../../protocol/time.ts";
import { monotonicNow } from "../clock.ts";

/** One sample, about a second long; longer when the thread could not be woken. */
export interface ThreadSample {
  /** When it ended. */
  readonly at: Instant;
  readonly duration: Duration;
  /** Share of the time that the event loop was not waiting, 0 to 1. */
  readonly busy: number;
  readonly gcPauses: number;
  readonly gcSum: Duration;
  readonly gcMax: Duration;
}

export const SAMPLE_MS = 1_000;

export class ThreadWatch {
  readonly #samples: ThreadSample[] = [];
  readonly #observer = new PerformanceObserver((list) => this.#count(list.getEntries()));
  #timer: NodeJS.Timeout | undefined;
  #since: Instant = 0;
  #utilization = performance.eventLoopUtilization();
  #gc = { pauses: 0, sum: 0, max: 0 };

  begin(): void {
    this.#observer.observe({ entryTypes: ["gc"] });
    this.#utilization = performance.eventLoopUtilization();
    this.#since = monotonicNow();
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS).unref();
  }

  /** Ends the watch with what it saw; the last sample may be short. Empty when it never began. */
  end(): ThreadSample[] {
    if (this.#timer === undefined) return this.#samples;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#count(this.#observer.takeRecords());
    this.#observer.disconnect();
    this.#sample();
    return this.#samples;
  }

  #count(entries: readonly PerformanceEntry[]): void {
    for (const { duration } of entries) {
      const pause = Math.round(duration * 1_000);
      this.#gc.pauses++;
      this.#gc.sum += pause;
      this.#gc.max = Math.max(this.#gc.max, pause);
    }
  }

  #sample(): void {
    const at = monotonicNow();
    const now = performance.eventLoopUtilization();
    const { utilization: busy } = performance.eventLoopUtilization(now, this.#utilization);
    const { pauses, sum, max } = this.#gc;
    this.#samples.push({ at, duration: at - this.#since, busy, gcPauses: pauses, gcSum: sum, gcMax: max });
    this.#gc = { pauses: 0, sum: 0, max: 0 };
    this.#utilization = now;
    this.#since = at;
  }
}
