/** What a run needs before its first call: server, devices, a connected fleet. Each part is noted to be ended as soon as it is there. */
import { randomBytes } from "node:crypto";
import type { Writable } from "node:stream";
import type { RunningFleet } from "../../simulator/fleet/fleet-part.ts";
import type { ProvisionedDevice } from "../../simulator/fleet/fleet-plan.ts";
import { startFleet } from "../../simulator/fleet/start-fleet.ts";
import { SetUpError } from "../errors.ts";
import { planClientCalls } from "./client-calls.ts";
import { type EmbeddedServer, startEmbeddedServer } from "./embedded-server.ts";
import { portsOf, targetEndpoints } from "./fleet-endpoints.ts";
import type { Interruption } from "./interruption.ts";
import { planFleet, provision, shardsOf } from "./prepare-fleet.ts";
import type { Progress } from "./progress.ts";
import type { SettledRun } from "./settle-run.ts";

export interface RunParts {
  /** Undefined when the target is not ours. */
  readonly server: EmbeddedServer | undefined;
  readonly url: string;
  /** Of the user who calls. */
  readonly token: string;
  readonly devices: readonly ProvisionedDevice[];
  readonly fleet: RunningFleet;
  /** In the nonce of each call of this run. */
  readonly runTag: string;
}

/** What ends the parts that were started so far, the last one first. */
export type Closing = (() => Promise<void>)[];

interface StartSetting {
  readonly log: Writable;
  readonly progress: Progress;
  readonly interruption: Interruption;
  readonly closing: Closing;
}

/** Throws SetUpError, or Interrupted when the user wants out in between. */
export async function startParts(run: SettledRun, setting: StartSetting): Promise<RunParts> {
  const { log, progress, interruption, closing } = setting;
  const { flags } = run;
  const server = flags.target === undefined ? await startServerFor(run, log) : undefined;
  if (server !== undefined) closing.push(() => server.close());
  interruption.check();
  const url = server?.url ?? (flags.target as string).replace(/\/$/, "");
  const { devices, gateways, token } = await provision(run, url, progress);
  interruption.check();
  const runTag = randomBytes(4).toString("hex");
  const endpoints = server?.endpoints ?? targetEndpoints(url, flags);
  const clientCalls = planClientCalls(run);
  const place = { endpoints, devices, gateways, runTag, clientCalls, keepLedger: true };
  const fleet = startFleet(planFleet(run, place), shardsOf(run));
  closing.push(() => fleet.close());
  await connect(fleet, progress);
  interruption.check();
  return { server, url, token, devices, fleet, runTag };
}

function startServerFor({ scenario }: SettledRun, log: Writable): Promise<EmbeddedServer> {
  const { dialect, server: settings } = scenario;
  return startEmbeddedServer({ dialect, ports: portsOf(scenario.fleet.cohorts), settings, log });
}

async function connect(fleet: RunningFleet, progress: Progress): Promise<void> {
  const state = await fleet.connect(({ connected, devices }) =>
    progress.update(`connecting: ${connected} of ${devices}`),
  );
  const why = state.firstFailure === undefined ? "" : ` (first failure: ${state.firstFailure})`;
  if (state.connected === 0) throw new SetUpError(`no device could connect${why}`);
  progress.say(
    `connected ${state.connected.toLocaleString("en")} of ${state.devices.toLocaleString("en")} devices${state.failed > 0 ? why : ""}`,
  );
}
