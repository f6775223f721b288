/** Starts a worker thread on one of our TypeScript files; the loader must be named, threads do not inherit it. */
import { Worker, type WorkerOptions } from "node:worker_threads";

const LOADER = import.meta.resolve("tsx");

export function startWorker(file: URL, options: WorkerOptions = {}): Worker {
  return new Worker(file, { ...options, execArgv: ["--import", LOADER, ...(options.execArgv ?? [])] });
}
