/** Our native caller in a process of its own, so that its CPU time is its own: one open workload at an even rate. */
import { SECOND } from "../protocol/time.ts";
import { PLAIN_HABITS, plainKind } from "../simulator/caller/call-batch.ts";
import { runNative } from "../simulator/caller/native.ts";

export interface CallerProcessOptions {
  readonly url: string;
  readonly rate: number;
  readonly seconds: number;
  readonly connections: number;
}

const { url, rate, seconds, connections } = JSON.parse(process.argv[2] as string) as CallerProcessOptions;

const intendedUs = Float64Array.from({ length: rate * seconds }, (_, call) => (call * SECOND) / rate);
const caller = runNative(
  {
    url,
    dialect: "tb-v1",
    token: "bench",
    kinds: [plainKind('{"method":"echo","timeout":5000,"params":{"nonce":"bench-', 10 * SECOND)],
    habits: PLAIN_HABITS,
    runTag: "bench",
    seed: "bench",
    deviceIds: ["00000000-0000-4000-8000-000000000000"],
    intendedUs,
    targets: new Uint32Array(intendedUs.length),
    kindOf: new Uint8Array(intendedUs.length),
    firstCall: 0,
    step: 0,
    connections,
    closed: undefined,
  },
  () => undefined,
);
process.once("disconnect", () => process.exit());
await caller.ready;
await caller.start();
await caller.result;
process.exit();
