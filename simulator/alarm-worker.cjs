/**
 * The thread behind an Alarm: sleeps until the due instant, less what waking up costs, and rings once. JavaScript and alone, for
 * with the TypeScript loader in it the thread takes 21 MB instead of 8, and every fleet has one.
 */
const { parentPort, workerData } = require("node:worker_threads");

/** Two futex wake-ups, of this thread and of its owner's, take about this long together. */
const LEAD_US = 100n;

// AlarmMemory of alarm.ts.
const { due, changes, rings } = workerData;

// The only message says that the thread is up: starting one takes longer than most alarms have to wait.
parentPort.postMessage(null);

for (;;) {
  const seen = Atomics.load(changes, 0);
  const at = Atomics.load(due, 0);
  if (at === 0n) {
    Atomics.wait(changes, 0, seen);
    continue;
  }
  // The clock of clock.ts, read at its source: it is read twice for a ring.
  const remainingUs = Number(at - LEAD_US - process.hrtime.bigint() / 1_000n);
  if (remainingUs > 0) {
    Atomics.wait(changes, 0, seen, remainingUs / 1_000);
  } else if (Atomics.compareExchange(due, 0, at, 0n) === at) {
    Atomics.add(rings, 0, 1);
    Atomics.notify(rings, 0);
  }
}
