/**
 * A wake-up call to better than a millisecond. Node's timers count whole milliseconds and fire up to one early; this alarm is a
 * small thread that sleeps on a futex until shortly before the instant and then sends a message. One alarm serves a whole
 * thread: its owner keeps its own order of deadlines and sets the earliest.
 */
import type { Worker } from "node:worker_threads";
import type { Instant } from "../protocol/time.ts";
import { ALARM_BYTES, alarmViews } from "./alarm-memory.ts";
import { startWorker } from "./start-worker.ts";

export class Alarm {
  readonly #memory = alarmViews(new SharedArrayBuffer(ALARM_BYTES));
  readonly #worker: Worker;
  #armedFor: Instant | undefined;

  /** Resolves when the thread is up; an alarm set before rings late. */
  readonly ready: Promise<void>;

  /** `ring` runs on this thread, within about 0.2 ms of the instant, possibly a little before it. */
  constructor(ring: () => void) {
    this.#worker = startWorker(new URL("./alarm-worker.ts", import.meta.url), {
      workerData: this.#memory.buffer,
      resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 },
    });
    this.ready = new Promise((resolve) => {
      this.#worker.once("message", () => {
        this.#worker.on("message", () => {
          this.#armedFor = undefined;
          ring();
        });
        resolve();
      });
    });
    this.#worker.unref();
  }

  /** Rings at `at` or earlier: an alarm set for an earlier instant stays, and its owner sets this one again when it rang. */
  set(at: Instant): void {
    if (this.#armedFor !== undefined && this.#armedFor <= at) return;
    this.#armedFor = at;
    Atomics.store(this.#memory.due, 0, BigInt(at));
    Atomics.add(this.#memory.changes, 0, 1);
    Atomics.notify(this.#memory.changes, 0);
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}
