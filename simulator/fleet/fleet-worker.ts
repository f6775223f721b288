/** The worker thread that holds a fleet: connects it, reports progress, and hands over its ledger when asked. */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { columnBuffers } from "../../protocol/call-records.ts";
import type { Instant } from "../../protocol/time.ts";
import { monotonicNow } from "../clock.ts";
import { type ThreadSample, ThreadWatch } from "../vitals/thread-watch.ts";
import type { ClientCallsEnd } from "./client-caller.ts";
import { Fleet, type FleetProgress, type FleetReport } from "./fleet.ts";
import type { FleetPlan } from "./fleet-plan.ts";
import type { FleetState } from "./fleet-state.ts";

/** To the worker. `begin`: the workload begins; `end`: the devices' own calls do. `watch`: tell once a second how it goes. `drain`: answer with the report once no reply is outstanding, or after `withinMs`. */
export type FleetCommand =
  | { readonly kind: "connect" | "watch" | "close" }
  | { readonly kind: "begin"; readonly origin: Instant }
  | ({ readonly kind: "end" } & ClientCallsEnd)
  | { readonly kind: "drain"; readonly origin: number; readonly withinMs: number };

/** From the worker. */
export type FleetMessage =
  | ({ readonly kind: "progress" | "connected" } & FleetProgress)
  | ({ readonly kind: "state" } & FleetState)
  | {
      readonly kind: "report";
      readonly report: FleetReport;
      readonly progress: FleetProgress;
      /** How the thread fared since `begin`. */
      readonly vitals: readonly ThreadSample[];
    }
  | { readonly kind: "closed" };

const PROGRESS_MS = 200;
/** A look at every device: a tenth of a millisecond for 10,000. */
const STATE_MS = 1_000;
const DRAIN_POLL_MS = 20;

const port = parentPort as MessagePort;
const fleet = new Fleet(workerData as FleetPlan);
const watch = new ThreadWatch();
const send = (message: FleetMessage, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer);

let watching: NodeJS.Timeout | undefined;

async function connect(): Promise<void> {
  const progress = setInterval(() => send({ kind: "progress", ...fleet.progress }), PROGRESS_MS);
  await fleet.connect();
  clearInterval(progress);
  send({ kind: "connected", ...fleet.progress });
}

function drain(origin: number, withinMs: number): void {
  const until = monotonicNow() + withinMs * 1_000;
  const poll = (): void => {
    if (fleet.pending > 0 && monotonicNow() < until) {
      setTimeout(poll, DRAIN_POLL_MS);
      return;
    }
    const vitals = watch.end();
    const { progress } = fleet;
    const report = fleet.report(origin);
    send({ kind: "report", report, progress, vitals }, columnBuffers(report.ledger));
  };
  poll();
}

port.on("message", async (command: FleetCommand) => {
  if (command.kind === "connect") await connect();
  else if (command.kind === "watch") watching = setInterval(() => send({ kind: "state", ...fleet.state }), STATE_MS);
  else if (command.kind === "begin") {
    fleet.begin(command.origin);
    watch.begin();
  } else if (command.kind === "end") fleet.endClientCalls(command);
  else if (command.kind === "drain") drain(command.origin, command.withinMs);
  else {
    clearInterval(watching);
    await fleet.close();
    send({ kind: "closed" });
    port.close();
  }
});
