/** Our fleet on a server of the bench: devices that answer at once. */
import type { RunningFleet } from "../simulator/fleet/fleet-part.ts";
import type { ProvisionedDevice } from "../simulator/fleet/fleet-plan.ts";
import { startFleet } from "../simulator/fleet/start-fleet.ts";
import { answeringPlan } from "./answering-plan.ts";
import type { BenchServer } from "./our-side.ts";

export const RUN_TAG = "bench";
const KEEP_ALIVE_S = 120;

/** Connects every device; throws when one cannot. */
export async function connectFleet(server: BenchServer, devices: readonly ProvisionedDevice[]): Promise<RunningFleet> {
  const endpoints = { mqtt: { host: "127.0.0.1", port: server.mqttPort } };
  const place = { endpoints, runTag: RUN_TAG, devices, firstOrdinal: 0, keepAliveS: KEEP_ALIVE_S };
  const fleet = startFleet(answeringPlan(place), 1);
  const { connected, firstFailure } = await fleet.connect(() => undefined);
  if (connected < devices.length) throw new Error(`only ${connected} devices could connect (${firstFailure})`);
  return fleet;
}
