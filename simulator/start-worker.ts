/** Starts a worker thread on one of our TypeScript files. */
import { Worker, type WorkerOptions } from "node:worker_threads";

const ENTRY = new URL("./worker-entry.mjs", import.meta.url);

export function startWorker(file: URL, options: WorkerOptions = {}): Worker {
  return new Worker(ENTRY, { ...options, argv: [file.href], execArgv: [] });
}
