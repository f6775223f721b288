/** The thread behind a Pacer: walks the plan on its own and rings shortly before each instant. */
import { parentPort, workerData } from "node:worker_threads";
import { monotonicNow } from "../clock.ts";
import type { PacerMemory } from "./pacer-memory.ts";

/** Two futex wake-ups, of this thread and of the caller's, take about this long together. */
const LEAD_US = 100;

const { plan, origin, sent, called } = workerData as PacerMemory;
/** Nobody notifies it: waiting on it is a sleep finer than a millisecond. */
const nobody = new Int32Array(new SharedArrayBuffer(4));

parentPort?.postMessage(null);
Atomics.wait(origin, 0, 0n);
const begin = Number(Atomics.load(origin, 0));

// Calls close together were sent on one ring: go on with the first that was not.
for (let call = 0; call < plan.length; call = Math.max(call + 1, Atomics.load(sent, 0))) {
  const at = begin + (plan[call] as number) - LEAD_US;
  for (let left = at - monotonicNow(); left > 0; left = at - monotonicNow()) Atomics.wait(nobody, 0, 0, left / 1_000);
  Atomics.store(called, 0, call + 1);
  Atomics.notify(called, 0);
}
