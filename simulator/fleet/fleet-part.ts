/** One part of a fleet in a worker thread of its own, so that its work never delays the rest of the run. */
import type { Worker } from "node:worker_threads";
import type { Instant } from "../../protocol/time.ts";
import { BRISK_THREAD, startWorker } from "../start-worker.ts";
import type { ThreadSample } from "../vitals/thread-watch.ts";
import type { ClientCallsEnd } from "./client-caller.ts";
import type { FleetProgress, FleetReport } from "./fleet.ts";
import type { FleetPlan } from "./fleet-plan.ts";
import type { FleetState } from "./fleet-state.ts";
import type { FleetCommand, FleetMessage } from "./fleet-worker.ts";

/** A fleet at the end of its run. */
export interface DrainedFleet {
  readonly report: FleetReport;
  readonly progress: FleetProgress;
  /** How each of its threads fared since `begin`. */
  readonly vitals: readonly (readonly ThreadSample[])[];
}

export interface RunningFleet {
  /** Connects every device; resolves when each is connected or given up. */
  connect(onProgress: (progress: FleetProgress) => void): Promise<FleetProgress>;
  /** Hears once a second how it goes with the devices, until the fleet is closed. */
  watch(onState: (state: FleetState) => void): void;
  /** The workload begins: what the devices do of their own accord is counted from `origin`. */
  begin(origin: Instant): void;
  /** Ends the devices' own calls: what is planned later is not sent. */
  endClientCalls(end: ClientCallsEnd): void;
  /** Waits until no reply is outstanding (at most `withinMs`), then hands over the ledger, instants counted from `origin`. */
  drain(origin: Instant, withinMs: number): Promise<DrainedFleet>;
  close(): Promise<void>;
}

export function startFleetPart(plan: FleetPlan): RunningFleet {
  const worker = startWorker(new URL("./fleet-worker.ts", import.meta.url), { ...BRISK_THREAD, workerData: plan });
  let ended = false;
  worker.once("exit", () => {
    ended = true;
  });
  const command = (message: FleetCommand): void => worker.postMessage(message);
  return {
    connect: async (onProgress) => {
      command({ kind: "connect" });
      return answer(worker, (message) => {
        if (message.kind === "progress") onProgress(message);
        return message.kind === "connected" ? message : undefined;
      });
    },
    watch: (onState) => {
      worker.on("message", (message: FleetMessage) => {
        if (message.kind === "state") onState(message);
      });
      command({ kind: "watch" });
    },
    begin: (origin) => command({ kind: "begin", origin }),
    endClientCalls: (end) => command({ kind: "end", ...end }),
    drain: async (origin, withinMs) => {
      command({ kind: "drain", origin, withinMs });
      const drained = await answer(worker, (message) => (message.kind === "report" ? message : undefined));
      return { ...drained, vitals: [drained.vitals] };
    },
    close: async () => {
      if (ended) return;
      command({ kind: "close" });
      await answer(worker, (message) => (message.kind === "closed" ? message : undefined));
      await worker.terminate();
    },
  };
}

/** The first message `pick` wants; a worker that dies first rejects with its error. */
function answer<T>(worker: Worker, pick: (message: FleetMessage) => T | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    const onMessage = (message: FleetMessage): void => {
      const picked = pick(message);
      if (picked === undefined) return;
      worker.off("message", onMessage);
      worker.off("error", reject);
      worker.off("exit", onExit);
      resolve(picked);
    };
    const onExit = (): void => reject(new Error("the fleet's thread ended"));
    worker.on("message", onMessage);
    worker.once("exit", onExit);
    worker.once("error", reject);
  });
}
