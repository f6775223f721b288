/** A fleet of the bench: devices that answer at once, with nothing wrong and nothing of their own to do. */
import { SECOND } from "../protocol/time.ts";
import type { FleetPlan } from "../simulator/fleet/fleet-plan.ts";

type Given = Pick<FleetPlan, "endpoints" | "runTag" | "devices" | "firstOrdinal" | "keepAliveS">;

export function answeringPlan(given: Given): FleetPlan {
  const answering = { latency: "constant(0ms)", faults: [], reconnect: "fixed(1s)", transport: "mqtt" };
  return {
    ...given,
    dialect: "tb-v2",
    seed: "bench",
    cohorts: [{ name: "devices", weight: 1, ...answering }],
    qos: 0,
    timeout: 5 * SECOND,
    connecting: 50,
    connectRate: undefined,
    keepLedger: true,
    pingFactor: 0.5,
    keepSession: false,
    clientCalls: undefined,
    telemetry: undefined,
    gateways: [],
  };
}
