/**
 * A wake-up call to better than a millisecond. Node's timers count whole milliseconds and fire up to one early; this alarm is a
 * small thread that sleeps on a futex until shortly before the instant and then rings. One alarm serves a whole thread: its owner
 * keeps its own order of deadlines and sets the earliest.
 */
import { Worker } from "node:worker_threads";
import type { Instant } from "../protocol/time.ts";
import { Bell } from "./bell.ts";
import { SMALL_THREAD } from "./start-worker.ts";

const THREAD = new URL("./alarm-worker.cjs", import.meta.url);

/** Shared with the thread: when it is due (0: not at all), a count of changes to sleep on, a count of rings. */
interface AlarmMemory {
  readonly due: BigInt64Array;
  readonly changes: Int32Array;
  readonly rings: Int32Array;
}

export class Alarm {
  readonly #memory: AlarmMemory = {
    due: new BigInt64Array(new SharedArrayBuffer(8)),
    changes: new Int32Array(new SharedArrayBuffer(4)),
    rings: new Int32Array(new SharedArrayBuffer(4)),
  };
  readonly #worker: Worker;
  readonly #bell: Bell;
  #armedFor: Instant | undefined;

  /** Resolves when the thread is up; an alarm set before rings late. */
  readonly ready: Promise<void>;

  /** `ring` runs on this thread, within about 0.2 ms of the instant, possibly a little before it. */
  constructor(ring: () => void) {
    this.#worker = new Worker(THREAD, { ...SMALL_THREAD, execArgv: [], workerData: this.#memory });
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
