/** The worker thread of the native caller: warms up, runs one batch, hands its columns over. */
import { performance } from "node:perf_hooks";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { type CallColumns, columnBuffers } from "../../protocol/call-records.ts";
import type { Instant } from "../../protocol/time.ts";
import { monotonicNow } from "../clock.ts";
import { type ThreadSample, ThreadWatch } from "../vitals/thread-watch.ts";
import type { CallBatch, CallProgress } from "./call-batch.ts";
import { NativeCaller } from "./native-caller.ts";
import { ProgressFold, type ThreadProgress } from "./progress-fold.ts";

export type NativeCommand = "start" | "stop";

export type NativeMessage =
  | { readonly kind: "ready" }
  | { readonly kind: "unreachable"; readonly reason: string }
  | { readonly kind: "started"; readonly origin: Instant }
  | ({ readonly kind: "progress" } & CallProgress)
  | { readonly kind: "result"; readonly columns: CallColumns; readonly vitals: readonly ThreadSample[] };

/** The first call is intended this long after the start, so that starting does not make it late. */
const HEAD_START_US = 20_000;
const PROGRESS_MS = 250;

const port = parentPort as MessagePort;
const caller = new NativeCaller(workerData as CallBatch);
const send = (message: NativeMessage, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer);

let looked = performance.eventLoopUtilization();

/** Share of the time since it was last asked in which this thread was not waiting. */
function busySince(): number {
  const now = performance.eventLoopUtilization();
  const { utilization } = performance.eventLoopUtilization(now, looked);
  looked = now;
  return utilization;
}

async function start(): Promise<void> {
  const origin = monotonicNow() + HEAD_START_US;
  send({ kind: "started", origin });
  const fold = new ProgressFold();
  const at = (): Instant => monotonicNow() - origin;
  const tell = (progress: ThreadProgress): void => send({ kind: "progress", ...progress, busy: busySince() });
  const progress = setInterval(() => tell(fold.take(caller.rows, at())), PROGRESS_MS);
  const watch = new ThreadWatch();
  watch.begin();
  const columns = await caller.run(origin);
  const vitals = watch.end();
  clearInterval(progress);
  tell(fold.takeLast(caller.rows, at()));
  send({ kind: "result", columns, vitals }, columnBuffers(columns));
  port.close();
}

port.on("message", async (command: NativeCommand) => {
  if (command === "start") await start();
  else caller.stop();
});

caller.warmUp().then(
  () => send({ kind: "ready" }),
  (error: Error) => send({ kind: "unreachable", reason: error.message }),
);
