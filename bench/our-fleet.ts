/** Our fleet on a server of the bench: devices that answer at once. */
import { SECOND } from "../protocol/time.ts";
import type { RunningFleet } from "../simulator/fleet/fleet-part.ts";
import type { ProvisionedDevice } from "../simulator/fleet/fleet-plan.ts";
import { startFleet } from "../simulator/fleet/start-fleet.ts";
import type { BenchServer } from "./our-side.ts";

export const RUN_TAG = "bench";
const KEEP_ALIVE_S = 120;
const CONNECTING = 50;

/** Connects every device; throws when one cannot. */
export async function connectFleet(server: BenchServer, devices: readonly ProvisionedDevice[]): Promise<RunningFleet> {
  const fleet = startFleet(
    {
      endpoints: { mqtt: { host: "127.0.0.1", port: server.mqttPort } },
      dialect: "tb-v2",
      seed: "bench",
      runTag: RUN_TAG,
      devices,
      cohorts: [
        {
          name: "devices",
          weight: 1,
          latency: "constant(0ms)",
          faults: [],
          reconnect: "fixed(1s)",
          transport: "mqtt",
        },
      ],
      qos: 0,
      timeout: 5 * SECOND,
      keepAliveS: KEEP_ALIVE_S,
      connecting: CONNECTING,
      connectRate: undefined,
      keepLedger: true,
      firstOrdinal: 0,
      pingFactor: 0.5,
      keepSession: false,
      clientCalls: undefined,
      telemetry: undefined,
      gateways: [],
    },
    1,
  );
  const { connected, firstFailure } = await fleet.connect(() => undefined);
  if (connected < devices.length) throw new Error(`only ${connected} devices could connect (${firstFailure})`);
  return fleet;
}
