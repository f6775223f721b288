/** What `run` and `fleet` both need before devices can connect: a login, the devices on the server, and the fleet's plan. */
import { availableParallelism } from "node:os";
import type { DialectName } from "../../protocol/dialect.ts";
import { seedFrom } from "../../protocol/random.ts";
import { SECOND } from "../../protocol/time.ts";
import { selfProvision } from "../../simulator/device-provisioning.ts";
import type {
  ClientCallPlan,
  Endpoints,
  FleetPlan,
  ProvisionedDevice,
  TelemetryPlan,
} from "../../simulator/fleet/fleet-plan.ts";
import { countGateways } from "../../simulator/fleet/gateway-groups.ts";
import { defaultShards } from "../../simulator/fleet/start-fleet.ts";
import { RestClient } from "../../simulator/rest-client.ts";
import { withCertificates } from "./device-credentials.ts";
import { targetEndpoints } from "./fleet-endpoints.ts";
import type { Progress } from "./progress.ts";
import type { SettledRun } from "./settle-run.ts";

const CONNECTING = 100;

/** The tenant administrator of a server's demo data (contract 3.6). */
export function demoTenant(dialect: DialectName): { readonly username: string; readonly password: string } {
  return { username: dialect === "tempus" ? "demo@hashmapinc.com" : "tenant@thingsboard.org", password: "tenant" };
}

export interface Provisioned {
  readonly devices: readonly ProvisionedDevice[];
  readonly gateways: readonly ProvisionedDevice[];
  /** The calling user's. */
  readonly token: string;
}

/** Logs in at `url` and creates or finds the fleet's devices, and the gateways they stand behind. Throws TargetError. */
export async function provision(run: SettledRun, url: string, progress: Progress): Promise<Provisioned> {
  const { scenario, flags } = run;
  const rest = new RestClient(url, scenario.dialect);
  try {
    const tenant = demoTenant(scenario.dialect);
    await rest.login(flags.username ?? tenant.username, flags.password ?? tenant.password);
    const count = flags.onlyDevice === undefined ? scenario.fleet.devices : 1;
    const show = (done: number): void => progress.update(`creating devices: ${done} of ${count}`);
    const first = flags.onlyDevice ?? 0;
    if (flags.provisionKey !== undefined && flags.provisionSecret !== undefined) {
      const mqtt = flags.provisionOver === "mqtt" ? targetEndpoints(url, flags).mqtt : undefined;
      const setting = { key: flags.provisionKey, secret: flags.provisionSecret, url, mqtt };
      await selfProvision(setting, { first, count, onProgress: show });
    }
    const made = run.devices ?? (await rest.ensureFleet(count, show, flags.onlyDevice));
    const setting = { cohorts: scenario.fleet.cohorts, seed: run.seed, first };
    const devices = run.devices ?? (await withCertificates(rest, made, setting));
    const range = { first, devices: count, parts: shardsOf(run) };
    const gateways = countGateways(scenario.fleet.cohorts, seedFrom(run.seed), range);
    return { devices, gateways: await rest.ensureGateways(gateways), token: rest.token };
  } finally {
    await rest.close();
  }
}

/** Threads for the fleet: as the user wants, else by its size and this machine's cores. */
export function shardsOf({ scenario, flags }: SettledRun): number {
  return flags.shards ?? defaultShards(scenario.fleet.devices, availableParallelism());
}

export interface FleetPlace {
  readonly endpoints: Endpoints;
  readonly devices: readonly ProvisionedDevice[];
  readonly gateways: readonly ProvisionedDevice[];
  readonly runTag: string;
  readonly keepLedger: boolean;
  /** Undefined: the devices answer and do not call. */
  readonly clientCalls: ClientCallPlan | undefined;
}

export function planFleet(run: SettledRun, place: FleetPlace): FleetPlan {
  const { endpoints, devices, gateways, runTag, clientCalls, keepLedger } = place;
  const { cohorts, qos, connectRate, keepAlive, pingFactor, keepSession } = run.scenario.fleet;
  return {
    endpoints,
    dialect: run.scenario.dialect,
    seed: run.seed,
    runTag,
    devices,
    cohorts,
    qos,
    timeout: run.timeout,
    keepAliveS: Math.max(1, Math.round(keepAlive / SECOND)),
    pingFactor,
    keepSession,
    connecting: CONNECTING,
    connectRate,
    firstOrdinal: run.flags.onlyDevice ?? 0,
    clientCalls,
    keepLedger,
    telemetry: planTelemetry(run),
    gateways,
  };
}

/** The fleet's rate, shared by its devices in their turns. */
function planTelemetry({ scenario }: SettledRun): TelemetryPlan | undefined {
  const { telemetry, devices } = scenario.fleet;
  if (telemetry === undefined) return undefined;
  return { period: (devices / telemetry.rate) * SECOND, payload: JSON.stringify(telemetry.payload) };
}
