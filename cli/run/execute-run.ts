/**
 * A run from start to report: folder, server, devices, fleet, calls, drain, ledgers, report. Whatever was started is ended, in
 * the reverse order, however the run goes.
 */

import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Writable } from "node:stream";
import type { ServerColumns } from "../../protocol/call-records.ts";
import type { Instant } from "../../protocol/time.ts";
import { joinCalls } from "../../reports/join-calls.ts";
import type { RunRecord, RunTotals } from "../../reports/run-record.ts";
import { readServerAccount } from "../../reports/server-account.ts";
import type { Summary } from "../../reports/summary-schema.ts";
import { RUN_FILES, writeRun } from "../../reports/write-run.ts";
import { expectedHold } from "../../simulator/fleet/expected-hold.ts";
import type { FleetProgress, FleetReport } from "../../simulator/fleet/fleet.ts";
import type { DrainedFleet, RunningFleet } from "../../simulator/fleet/fleet-part.ts";
import type { ProvisionedDevice } from "../../simulator/fleet/fleet-plan.ts";
import { startFleet } from "../../simulator/fleet/start-fleet.ts";
import { foldVitals } from "../../simulator/vitals/fold-vitals.ts";
import { MachineWatch } from "../../simulator/vitals/machine-watch.ts";
import { SetUpError } from "../errors.ts";
import { LiveView } from "../live/live-view.ts";
import { behaviourEvents, sayBehaviourErrors } from "./behaviour-errors.ts";
import { buildKinds, CALLER_PATIENCE } from "./call-kinds.ts";
import { chooseEngine } from "./choose-engine.ts";
import { endClientCalls, foldClientCalls, planClientCalls } from "./client-calls.ts";
import { socketsOf } from "./descriptors-of.ts";
import { type EmbeddedServer, startEmbeddedServer } from "./embedded-server.ts";
import { portsOf, targetEndpoints } from "./fleet-endpoints.ts";
import { descriptorProblem, readHostFacts } from "./host-facts.ts";
import { Interruption } from "./interruption.ts";
import type { CommonBatch } from "./plan-batch.ts";
import { planFleet, provision, shardsOf } from "./prepare-fleet.ts";
import { Progress } from "./progress.ts";
import { type CallsResult, runCalls } from "./run-calls.ts";
import { describeRun } from "./run-facts.ts";
import { createRunFolder } from "./run-folder.ts";
import type { SettledRun } from "./settle-run.ts";

export interface FinishedRun {
  readonly record: RunRecord;
  readonly summary: Summary;
  readonly folder: string;
  readonly interrupted: boolean;
}

/** The embedded server's instants of each call, until the journal has them. */
const SERVER_LEDGER = "server.arrow";

const LONGEST_DRAIN_MS = 15_000;
const INTERRUPTED_DRAIN_MS = 1_000;

export async function executeRun(run: SettledRun): Promise<FinishedRun> {
  const { scenario, flags, timeout } = run;
  const progress = new Progress({ quiet: flags.quiet, dashboard: flags.dashboard !== false });
  const hold = expectedHold(scenario.fleet.cohorts, timeout, run.seed);
  const engine = await chooseEngine(run, hold, timeout + CALLER_PATIENCE);
  requireDescriptors(socketsOf(scenario.fleet.cohorts, scenario.fleet.devices));
  const startedAt = new Date();
  const folder = createRunFolder(run, startedAt);
  const interruption = new Interruption((line) => progress.insist(line));
  const closing: (() => Promise<void>)[] = [async () => interruption.release(), async () => void folder.log.end()];
  try {
    const view = await LiveView.open(run, progress);
    closing.push(() => view.close());
    const server = flags.target === undefined ? await startServerFor(run, folder.log) : undefined;
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
    view.watch(fleet);
    const facts = describeRun(run, { target: url, host: readHostFacts(engine.k6Version), startedAt });
    const machine = new MachineWatch();
    const result = await runCalls({
      run,
      facts,
      server,
      common: commonBatch(run, { url, token, runTag, devices }),
      hold,
      startBatch: engine.startBatch(folder.path),
      interruption,
      progress,
      view,
      onOrigin: (origin) => {
        fleet.begin(origin);
        machine.begin();
      },
    });
    progress.update("waiting for the last replies");
    const machineSamples = machine.end();
    const { report, progress: atEnd, vitals } = await drain(fleet, result, { run, interruption });
    await (closing.pop() as () => Promise<void>)();
    const accountPath = join(folder.path, SERVER_LEDGER);
    const account = await takeAccount(server, accountPath, result.origin);
    const { calls, extra, serverCalls } = joinCalls({ calls: result.calls, ledger: report.ledger, server: account });
    const record: RunRecord = {
      facts: { ...facts, steps: result.steps },
      totals: {
        fleet: fleetTotals(report, atEnd),
        strays: await server?.strays(),
        serverCalls,
        clientCalls: foldClientCalls(run, report.clientCalls),
        events: [...result.events, ...report.events, ...behaviourEvents(report.behaviourErrors)].sort(
          (a, b) => a.at - b.at,
        ),
        interrupted: interruption.happened,
        vitals: foldVitals({
          origin: result.origin,
          threads: namedThreads(result.vitals, vitals),
          machine: machineSamples,
        }),
      },
      calls,
      extra,
    };
    sayBehaviourErrors(report.behaviourErrors, progress);
    progress.update("writing the report");
    const summary = writeRun(folder.path, record);
    rmSync(accountPath, { force: true });
    await view.over(summary, join(folder.path, RUN_FILES.html));
    progress.close();
    progress.say("");
    return { record, summary, folder: folder.path, interrupted: interruption.happened };
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

/** What the embedded server wrote down of the calls; nothing of any other server. */
async function takeAccount(
  server: EmbeddedServer | undefined,
  path: string,
  origin: Instant,
): Promise<ServerColumns | undefined> {
  if (server === undefined) return undefined;
  await server.writeLedger(path);
  const account = readServerAccount(path, origin);
  if (account instanceof Error) throw account;
  return account;
}

function startServerFor({ scenario }: SettledRun, log: Writable): Promise<EmbeddedServer> {
  const { dialect, server: settings } = scenario;
  return startEmbeddedServer({ dialect, ports: portsOf(scenario.fleet.cohorts), settings, log });
}

function requireDescriptors(sockets: number): void {
  const tooMany = descriptorProblem(sockets, 2_000);
  if (tooMany !== undefined) throw new SetUpError(tooMany);
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

interface DrainSetting {
  readonly run: SettledRun;
  readonly interruption: Interruption;
}

/** Waits for the last replies and for the devices' own calls; an interrupted run waits for neither to be complete. */
async function drain(fleet: RunningFleet, result: CallsResult, { run, interruption }: DrainSetting) {
  const ownMs = endClientCalls(fleet, result, { run, interrupted: interruption.happened });
  // Devices may wait long for their answers: Ctrl-C is heard in the meantime as well.
  interruption.onStop(() => endClientCalls(fleet, result, { run, interrupted: true }));
  const repliesMs = Math.min(LONGEST_DRAIN_MS, run.timeout / 1_000 + 2_000);
  const withinMs = interruption.happened ? INTERRUPTED_DRAIN_MS : Math.max(repliesMs, ownMs);
  const drained = await fleet.drain(result.origin, withinMs);
  interruption.onStop(undefined);
  return drained;
}

function fleetTotals(report: FleetReport, { devices, failed }: FleetProgress): RunTotals["fleet"] {
  const { connectMs, lostConnections, reconnects, refusedConnections, awayAtEnd, faults, telemetry } = report;
  const connected = devices - failed;
  return {
    devices,
    connected,
    connectMs,
    lostConnections,
    reconnects,
    refusedConnections,
    awayAtEnd,
    faults,
    telemetry,
  };
}

function namedThreads(caller: CallsResult["vitals"], fleet: DrainedFleet["vitals"]) {
  const parts = fleet.map((samples, part) => ({ name: fleet.length === 1 ? "fleet" : `fleet ${part + 1}`, samples }));
  return [{ name: "caller", samples: caller }, ...parts];
}

interface BatchSetting {
  readonly url: string;
  readonly token: string;
  readonly runTag: string;
  readonly devices: readonly ProvisionedDevice[];
}

/** Everything of the calls of a run that no step changes. */
export function commonBatch(run: SettledRun, { url, token, runTag, devices }: BatchSetting): CommonBatch {
  const { dialect, caller } = run.scenario;
  return {
    url,
    dialect,
    token,
    kinds: buildKinds(run.scenario, run.timeouts, runTag),
    habits: { abort: caller.abort, retry: caller.retry, pollInterval: caller.pollInterval },
    runTag,
    seed: run.seed,
    deviceIds: devices.map(({ id }) => id),
  };
}
