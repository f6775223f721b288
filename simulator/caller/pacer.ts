/**
 * Rings at every instant of a plan to better than a millisecond. Unlike an Alarm it knows all instants beforehand, so its thread
 * wakes once per instant and the caller never has to set it.
 */
import type { Worker } from "node:worker_threads";
import type { Instant } from "../../protocol/time.ts";
import { Bell } from "../bell.ts";
import { SMALL_THREAD, startWorker } from "../start-worker.ts";
import { createPacerMemory, type PacerMemory } from "./pacer-memory.ts";

export class Pacer {
  readonly #memory: PacerMemory;
  readonly #worker: Worker;
  readonly #bell: Bell;

  /** Resolves when the thread is up. */
  readonly ready: Promise<void>;

  /**
   * `ring` runs on this thread, within about 0.2 ms of each instant, possibly a little before it, and is told how many calls of
   * the plan are to be sent by then: a call it leaves out has no ring of its own any more.
   */
  constructor(intendedUs: Float64Array, ring: (called: number) => void) {
    this.#memory = createPacerMemory(intendedUs);
    const url = new URL("./pacer-worker.ts", import.meta.url);
    this.#worker = startWorker(url, { ...SMALL_THREAD, workerData: this.#memory });
    this.ready = new Promise((resolve) => this.#worker.once("message", () => resolve()));
    this.#bell = new Bell(this.#memory.called, () => ring(Atomics.load(this.#memory.called, 0)));
  }

  begin(origin: Instant): void {
    Atomics.store(this.#memory.origin, 0, BigInt(origin));
    Atomics.notify(this.#memory.origin, 0);
  }

  /** So many calls of the plan were sent; it does not ring for them any more. */
  advance(sent: number): void {
    Atomics.store(this.#memory.sent, 0, sent);
  }

  async close(): Promise<void> {
    this.#bell.close();
    await this.#worker.terminate();
  }
}
