/** One batch of calls on the engine the user chose; what comes back is the same. */
import type { CallColumns } from "../../protocol/call-records.ts";
import type { CallBatch, CallProgress, RunningCaller } from "../../simulator/caller/call-batch.ts";
import { runNative } from "../../simulator/caller/native.ts";
import type { ThreadSample } from "../../simulator/vitals/thread-watch.ts";

interface StartedBatch extends RunningCaller {
  readonly result: Promise<CallColumns>;
  /** How the caller's thread fared; absent when the caller is no thread of ours. */
  readonly vitals?: Promise<readonly ThreadSample[]>;
}

/** Starts an engine on a batch; `onProgress` hears a few times a second how it goes. */
export type StartBatch = (batch: CallBatch, onProgress: (progress: CallProgress) => void) => StartedBatch;

export const startNativeBatch: StartBatch = (batch, onProgress) => runNative(batch, onProgress);
