/** The engine a run asked for, found and fit for it, or a reason why not before anything is started. */
import type { SettledRun } from "./settle-run.ts";
import { type StartBatch, startNativeBatch } from "./start-batch.ts";

export interface Engine {
  /** Version line of k6, when k6 it is. */
  readonly k6Version: string | undefined;
  /** Batches of this engine, with whatever it writes put into `folder`. */
  startBatch(folder: string): StartBatch;
}

export async function chooseEngine(_run: SettledRun): Promise<Engine> {
  return { k6Version: undefined, startBatch: () => startNativeBatch };
}
