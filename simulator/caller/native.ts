/** Runs one batch on the native caller, in a worker of its own. */
import type { CallColumns } from "../../protocol/call-records.ts";
import type { Instant } from "../../protocol/time.ts";
import { Deferred } from "../deferred.ts";
import { BRISK_THREAD, startWorker } from "../start-worker.ts";
import type { ThreadSample } from "../vitals/thread-watch.ts";
import type { CallBatch, CallProgress, RunningCaller } from "./call-batch.ts";
import type { NativeCommand, NativeMessage } from "./native-worker.ts";

export interface NativeRun extends RunningCaller {
  readonly result: Promise<CallColumns>;
  /** How its thread fared; known with the result. */
  readonly vitals: Promise<readonly ThreadSample[]>;
}

const NATIVE_WORKER = new URL("./native-worker.ts", import.meta.url);

/**
 * The caller runs on its own thread; `ready` rejects when the server cannot be reached. `file` is what that thread runs: the
 * worker itself, or a file of a test that does something to the thread and then imports the worker.
 */
export function runNative(
  batch: CallBatch,
  onProgress: (progress: CallProgress) => void,
  file: URL = NATIVE_WORKER,
): NativeRun {
  const worker = startWorker(file, { ...BRISK_THREAD, workerData: batch });
  const command = (text: NativeCommand): void => worker.postMessage(text);
  const ready = new Deferred<void>();
  const started = new Deferred<Instant>();
  const result = new Deferred<CallColumns>();
  const vitals = new Deferred<readonly ThreadSample[]>();
  const fail = (error: Error): void => {
    for (const deferred of [ready, started, result, vitals]) deferred.reject(error);
  };
  worker.on("message", (message: NativeMessage) => {
    if (message.kind === "ready") ready.resolve();
    else if (message.kind === "started") started.resolve(message.origin);
    else if (message.kind === "progress") onProgress(message);
    else if (message.kind === "result") {
      vitals.resolve(message.vitals);
      result.resolve(message.columns);
    } else fail(new Error(message.reason));
  });
  worker.on("error", fail);
  return {
    ready: ready.promise,
    start: () => {
      command("start");
      return started.promise;
    },
    stop: () => command("stop"),
    result: result.promise,
    vitals: vitals.promise,
  };
}
