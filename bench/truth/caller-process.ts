/** The load generator, a process of its own, that makes one run after the other: the native caller as a run of rpcfleet starts it. */
import { setFlagsFromString } from "node:v8";
import type { CallColumns } from "../../protocol/call-records.ts";
import type { GeneratorVitals } from "../../protocol/generator-vitals.ts";
import { type Instant, SECOND } from "../../protocol/time.ts";
import { type CallBatch, PLAIN_HABITS, plainKind } from "../../simulator/caller/call-batch.ts";
import { runNative } from "../../simulator/caller/native.ts";
import { foldVitals } from "../../simulator/vitals/fold-vitals.ts";
import { MachineWatch } from "../../simulator/vitals/machine-watch.ts";
import type { Harm } from "./harm.ts";
import { TIMEOUT } from "./pathology.ts";

export interface CallerCommand {
  readonly url: string;
  readonly plan: Float64Array;
  readonly connections: number;
  readonly harm: Harm | undefined;
}

export type CallerMessage =
  | { readonly kind: "up" }
  | { readonly kind: "origin"; readonly origin: Instant }
  | { readonly kind: "result"; readonly calls: CallColumns; readonly vitals: GeneratorVitals };

const HARMED_WORKER = new URL("./harmed-worker.ts", import.meta.url);
const send = (message: CallerMessage): void => void process.send?.(message);

async function run({ url, plan, connections, harm }: CallerCommand): Promise<void> {
  const batch: CallBatch = {
    url,
    dialect: "tempus",
    token: "truth",
    kinds: [plainKind('{"method":"echo","timeout":1000,"params":{"nonce":"truth-', TIMEOUT + 3 * SECOND)],
    habits: PLAIN_HABITS,
    runTag: "truth",
    seed: "truth",
    deviceIds: ["00000000-0000-4000-8000-000000000000"],
    intendedUs: plan,
    targets: new Uint32Array(plan.length),
    kindOf: new Uint8Array(plan.length),
    firstCall: 0,
    step: 0,
    connections,
    closed: undefined,
  };
  const nothing = (): void => undefined;
  const machine = new MachineWatch();
  const caller =
    harm === undefined ? runNative(batch, nothing) : runNative({ ...batch, harm } as CallBatch, nothing, HARMED_WORKER);
  await caller.ready;
  const origin = await caller.start();
  send({ kind: "origin", origin });
  machine.begin();
  const calls = await caller.result;
  const threads = [{ name: "caller", samples: await caller.vitals }];
  send({ kind: "result", calls, vitals: foldVitals({ origin, threads, machine: machine.end() }) });
}

// As cli/rpcfleet.mjs starts a run.
setFlagsFromString("--no-memory-reducer");
setFlagsFromString("--no-parallel-scavenge");
process.on("message", (command: CallerCommand) => void run(command));
process.once("disconnect", () => process.exit());
send({ kind: "up" });
