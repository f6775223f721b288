/** What `run` and `fleet` both need before devices can connect: a login, the devices on the server, and the fleet's plan. */
import { availableParallelism } from "node:os";
import type { DialectName } from "../../protocol/dialect.ts";
import { SECOND } from "../../protocol/time.ts";
import type { ClientCallPlan, FleetPlan, ProvisionedDevice } from "../../simulator/fleet/fleet-plan.ts";
import { defaultShards } from "../../simulator/fleet/start-fleet.ts";
import { RestClient } from "../../simulator/rest-client.ts";
import type { Progress } from "./progress.ts";
import type { SettledRun } from "./settle-run.ts";

const CONNECTING = 100;

/** The tenant administrator of a server's demo data (contract 3.6). */
export function demoTenant(dialect: DialectName): { readonly username: string; readonly password: string } {
  return { username: dialect === "tempus" ? "demo@hashmapinc.com" : "tenant@thingsboard.org", password: "tenant" };
}

/** Logs in at `url` and creates or finds the fleet's devices; `token` is the calling user's. Throws TargetError. */
export async function provision(
  run: SettledRun,
  url: string,
  progress: Progress,
): Promise<{ devices: readonly ProvisionedDevice[]; token: string }> {
  const { scenario, flags } = run;
  const rest = new RestClient(url, scenario.dialect);
  try {
    const tenant = demoTenant(scenario.dialect);
    await rest.login(flags.username ?? tenant.username, flags.password ?? tenant.password);
    const count = flags.onlyDevice === undefined ? scenario.fleet.devices : 1;
    const show = (done: number): void => progress.update(`creating devices: ${done} of ${count}`);
    const devices = run.devices ?? (await rest.ensureFleet(count, show, flags.onlyDevice));
    return { devices, token: rest.token };
  } finally {
    await rest.close();
  }
}

/** Threads for the fleet: as the user wants, else by its size and this machine's cores. */
export function shardsOf({ scenario, flags }: SettledRun): number {
  return flags.shards ?? defaultShards(scenario.fleet.devices, availableParallelism());
}

export interface FleetPlace {
  readonly url: string;
  readonly mqttPort: number;
  readonly devices: readonly ProvisionedDevice[];
  readonly runTag: string;
  readonly keepLedger: boolean;
  /** Undefined: the devices answer and do not call. */
  readonly clientCalls: ClientCallPlan | undefined;
}

export function planFleet(run: SettledRun, place: FleetPlace): FleetPlan {
  const { url, mqttPort, devices, runTag, clientCalls, keepLedger } = place;
  const { cohorts, qos, connectRate, keepAlive, pingFactor, keepSession } = run.scenario.fleet;
  return {
    host: new URL(url).hostname,
    port: mqttPort,
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
  };
}
