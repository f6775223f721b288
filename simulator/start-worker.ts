/** Starts a worker thread on one of our TypeScript files. */
import { Worker, type WorkerOptions } from "node:worker_threads";

const ENTRY = new URL("./worker-entry.cjs", import.meta.url);

export function startWorker(file: URL, options: WorkerOptions = {}): Worker {
  return new Worker(ENTRY, { ...options, argv: [file.href], execArgv: [] });
}

/** For a thread whose pauses would be seen in what it measures: little room for short-lived objects, so that clearing it is quick. */
export const BRISK_THREAD: WorkerOptions = { resourceLimits: { maxYoungGenerationSizeMb: 12 } };

/** For a thread that only sleeps and rings. */
export const SMALL_THREAD: WorkerOptions = {
  resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 },
};
