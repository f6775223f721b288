/** The engine a run asked for, found and fit for it, or a reason why not before anything is started. */
import { SECOND } from "../../protocol/time.ts";
import { formatProblem } from "../../scenarios/problem.ts";
import type { CallBatch } from "../../simulator/caller/call-batch.ts";
import { runK6 } from "../../simulator/caller/k6.ts";
import { k6CacheFolder, locateK6 } from "../../simulator/caller/k6-locate.ts";
import { sizeVus } from "../../simulator/caller/k6-plan.ts";
import { SetUpError, UsageError } from "../errors.ts";
import { k6Thresholds } from "./k6-thresholds.ts";
import type { SettledRun } from "./settle-run.ts";
import { type StartBatch, startNativeBatch } from "./start-batch.ts";

export interface Engine {
  /** Version line of k6, when k6 it is. */
  readonly k6Version: string | undefined;
  /** Batches of this engine, with whatever it writes put into `folder`. */
  startBatch(folder: string): StartBatch;
}

/** What a call costs beside the device's own time, for sizing: generous, a VU too many is cheaper than one too few. */
const CALL_OVERHEAD = 30_000;

/** `hold`: expected microseconds a device holds a call; `patience`: after which the caller gives up. */
export async function chooseEngine(run: SettledRun, hold: number, patience: number): Promise<Engine> {
  if (run.flags.engine === "native") return { k6Version: undefined, startBatch: () => startNativeBatch };
  const { K6_BIN, PATH } = process.env;
  const found = await locateK6({ flag: run.flags.k6Bin, env: K6_BIN, path: PATH, cache: k6CacheFolder(process.env) });
  if (!("path" in found)) throw new SetUpError(formatProblem(found));
  const vusOfStep = run.load.peaks.map((peak) => vusFor(peak, hold, patience));
  const thresholds = k6Thresholds(run.scenario.gates, run.load.steps.length);
  return {
    k6Version: found.version,
    startBatch: (folder) => (batch, onProgress) =>
      startK6Batch({
        ...batch,
        vus: vusOfStep[batch.step] as number,
        thresholds,
        k6Path: found.path,
        folder,
        onProgress,
      }),
  };
}

function vusFor(rate: number | undefined, hold: number, patience: number): number {
  if (rate === undefined) return 0;
  const vus = sizeVus({
    ratePerSecond: rate,
    expectedInFlight: (rate * (hold + CALL_OVERHEAD)) / SECOND,
    clientTimeout: patience,
  });
  if (typeof vus === "number") return vus;
  throw new UsageError([formatProblem(vus)]);
}

function startK6Batch(options: CallBatch & Parameters<typeof runK6>[0]): ReturnType<StartBatch> {
  const started = runK6(options);
  const result = started.result.then(({ columns, reason }) => {
    if (reason !== undefined) throw new SetUpError(`k6: ${reason}`);
    return columns;
  });
  // A failure before the start is told by `ready`; this one must not count as unhandled meanwhile.
  result.catch(() => undefined);
  return { ready: started.ready, start: () => started.start(), stop: () => started.stop(), result };
}
