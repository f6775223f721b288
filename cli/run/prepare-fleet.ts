/** What `run` and `fleet` both need before devices can connect: a login, the devices on the server, and the fleet's plan. */
import type { DialectName } from "../../protocol/dialect.ts";
import type { ClientCallPlan, FleetPlan, ProvisionedDevice } from "../../simulator/fleet/fleet-plan.ts";
import { RestClient } from "../../simulator/rest-client.ts";
import type { Progress } from "./progress.ts";
import type { SettledRun } from "./settle-run.ts";

const KEEP_ALIVE_S = 60;
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
    const count = scenario.fleet.devices;
    const show = (done: number): void => progress.update(`creating devices: ${done} of ${count}`);
    return { devices: run.devices ?? (await rest.ensureFleet(count, show)), token: rest.token };
  } finally {
    await rest.close();
  }
}

export interface FleetPlace {
  readonly url: string;
  readonly mqttPort: number;
  readonly devices: readonly ProvisionedDevice[];
  readonly runTag: string;
  /** Undefined: the devices answer and do not call. */
  readonly clientCalls: ClientCallPlan | undefined;
}

export function planFleet(run: SettledRun, place: FleetPlace): FleetPlan {
  const { url, mqttPort, devices, runTag, clientCalls } = place;
  const { cohorts, qos } = run.scenario.fleet;
  return {
    host: new URL(url).hostname,
    port: mqttPort,
    seed: run.seed,
    runTag,
    devices,
    cohorts,
    qos,
    timeout: run.timeout,
    keepAliveS: KEEP_ALIVE_S,
    pingFactor: 0.5,
    keepSession: false,
    connecting: CONNECTING,
    connectRate: undefined,
    firstOrdinal: 0,
    clientCalls,
  };
}
