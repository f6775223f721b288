/**
 * A wake-up call to better than a millisecond. Node's timers count whole milliseconds and fire up to one early; this alarm is a
 * small thread that sleeps on a futex until shortly before the instant and then rings. One alarm serves a whole thread: its owner
 * keeps its own order of deadlines and sets the earliest.
 */
import type { Worker } from "node:worker_threads";
import type { Instant } from "../protocol/time.ts";
import { ALARM_BYTES, alarmViews } from "./alarm-memory.ts";
import { Bell } from "./bell.ts";
import { SMALL_THREAD, startWorker } from "./start-worker.ts";

export class Alarm {
  readonly #memory = alarmViews(new SharedArrayBuffer(ALARM_BYTES));
  readonly #worker: Worker;
  readonly #bell: Bell;
  #armedFor: Instant | undefined;

  /** Resolves when the thread is up; an alarm set before rings late. */
  readonly ready: Promise<void>;

  /** `ring` runs on this thread, within about 0.2 ms of the instant, possibly a little before it. */
  constructor(ring: () => void) {
    const url = new URL("./alarm-worker.ts", import.meta.url);
    this.#worker = startWorker(url, { ...SMALL_THREAD, workerData: this.#memory.buffer });
    this.ready = new Promise((resolve) => this.#worker.once("message", () => resolve()));
    this.#worker.unref();
    this.#bell = new Bell(this.#memory.rings, () => {
      this.#armedFor = undefined;
      ring();
    });
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
    this.#bell.close();
    await this.#worker.terminate();
  }
}
