/** One batch of calls on the engine the user chose; what comes back is the same. */
import type { CallColumns } from "../../protocol/call-records.ts";
import type { CallBatch, RunningCaller } from "../../simulator/caller/call-batch.ts";
import { runNative } from "../../simulator/caller/native.ts";

interface StartedBatch extends RunningCaller {
  readonly result: Promise<CallColumns>;
}

/** Starts an engine on a batch; `onProgress` hears how many of its calls have ended. */
export type StartBatch = (batch: CallBatch, onProgress: (settled: number) => void) => StartedBatch;

export const startNativeBatch: StartBatch = (batch, onProgress) =>
  runNative(batch, ({ settled }) => onProgress(settled));
