/** The thread behind an Alarm: sleeps until the due instant, less what waking up costs, and rings once. */
import { parentPort, workerData } from "node:worker_threads";
import { alarmViews } from "./alarm-memory.ts";
import { monotonicNow } from "./clock.ts";

/** Two futex wake-ups, of this thread and of its owner's, take about this long together. */
const LEAD_US = 100;

const { due, changes, rings } = alarmViews(workerData as SharedArrayBuffer);

// The only message says that the thread is up: starting one takes longer than most alarms have to wait.
parentPort?.postMessage(null);

for (;;) {
  const seen = Atomics.load(changes, 0);
  const at = Atomics.load(due, 0);
  if (at === 0n) {
    Atomics.wait(changes, 0, seen);
    continue;
  }
  const remainingUs = Number(at) - LEAD_US - monotonicNow();
  if (remainingUs > 0) {
    Atomics.wait(changes, 0, seen, remainingUs / 1_000);
  } else if (Atomics.compareExchange(due, 0, at, 0n) === at) {
    Atomics.add(rings, 0, 1);
    Atomics.notify(rings, 0);
  }
}
