/**
 * A run from start to report: folder, server, devices, fleet, calls, drain, ledgers, report. Whatever was started is ended, in
 * the reverse order, however the run goes.
 */

import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { SECOND } from "../../protocol/time.ts";
import type { RunRecord } from "../../reports/run-record.ts";
import type { Summary } from "../../reports/summary-schema.ts";
import { writeReports } from "../../reports/write-run.ts";
import { expectedHold } from "../../simulator/fleet/expected-hold.ts";
import type { ProvisionedDevice } from "../../simulator/fleet/fleet-plan.ts";
import { type RunningFleet, startFleet } from "../../simulator/fleet/start-fleet.ts";
import { SetUpError } from "../errors.ts";
import { chooseEngine } from "./choose-engine.ts";
import { endClientCalls, foldClientCalls, planClientCalls } from "./client-calls.ts";
import { startEmbeddedServer } from "./embedded-server.ts";
import { descriptorProblem, readHostFacts } from "./host-facts.ts";
import { Interruption } from "./interruption.ts";
import { planFleet, provision } from "./prepare-fleet.ts";
import { Progress } from "./progress.ts";
import { runCalls } from "./run-calls.ts";
import { describeRun } from "./run-facts.ts";
import { createRunFolder } from "./run-folder.ts";
import type { SettledRun } from "./settle-run.ts";

export interface FinishedRun {
  readonly summary: Summary;
  readonly folder: string;
  readonly interrupted: boolean;
}

/** The embedded server's instants of each call, beside what callers and devices say of it. */
const SERVER_LEDGER = "server.arrow";

/** After the server's own answer of last resort (timeout + 1 s) a caller waits this much longer. */
const CALLER_PATIENCE = 3 * SECOND;
const LONGEST_DRAIN_MS = 15_000;

export async function executeRun(run: SettledRun): Promise<FinishedRun> {
  const { scenario, flags, timeout } = run;
  const progress = new Progress(flags.quiet);
  const hold = expectedHold(scenario.fleet.cohorts, timeout, run.seed);
  const engine = await chooseEngine(run, hold, timeout + CALLER_PATIENCE);
  const tooMany = descriptorProblem(scenario.fleet.devices, 2_000);
  if (tooMany !== undefined) throw new SetUpError(tooMany);
  const startedAt = new Date();
  const folder = createRunFolder(run, startedAt);
  const interruption = new Interruption();
  const closing: (() => Promise<void>)[] = [async () => interruption.release(), async () => void folder.log.end()];
  try {
    const server = flags.target === undefined ? await startEmbeddedServer(scenario.dialect, folder.log) : undefined;
    if (server !== undefined) closing.push(() => server.close());
    interruption.check();
    const url = server?.url ?? (flags.target as string).replace(/\/$/, "");
    const { devices, token } = await provision(run, url, progress);
    interruption.check();
    const runTag = randomBytes(4).toString("hex");
    const mqttPort = server?.mqttPort ?? flags.mqttPort;
    const clientCalls = planClientCalls(run);
    const fleet = startFleet(planFleet(run, { url, mqttPort, devices, runTag, clientCalls }));
    closing.push(() => fleet.close());
    await connect(fleet, progress);
    interruption.check();
    const facts = describeRun(run, { target: url, host: readHostFacts(engine.k6Version), startedAt });
    const result = await runCalls({
      run,
      facts,
      server,
      common: commonBatch(run, { url, token, runTag, devices }),
      hold,
      startBatch: engine.startBatch(folder.path),
      interruption,
      progress,
      onOrigin: fleet.beginClientCalls,
    });
    progress.update("waiting for the last replies");
    const interrupted = interruption.happened;
    const ownMs = endClientCalls(fleet, result, { timeout: clientCalls?.timeout, interrupted });
    const repliesMs = Math.min(LONGEST_DRAIN_MS, timeout / 1_000 + 2_000);
    const drainMs = interrupted ? 1_000 : Math.max(repliesMs, ownMs);
    const { report, progress: atEnd } = await fleet.drain(result.origin, drainMs);
    await (closing.pop() as () => Promise<void>)();
    const strays = await server?.strays();
    await server?.writeLedger(join(folder.path, SERVER_LEDGER));
    const record: RunRecord = {
      facts: { ...facts, steps: result.steps },
      totals: {
        fleet: {
          devices: atEnd.devices,
          connected: atEnd.devices - atEnd.failed,
          connectMs: report.connectMs,
          lostConnections: report.lostConnections,
          faults: report.faults,
        },
        strays,
        clientCalls: foldClientCalls(run, report.clientCalls),
        events: result.events,
        interrupted: interruption.happened,
      },
      calls: result.calls,
      ledger: report.ledger,
    };
    progress.update("writing the report");
    const summary = await writeReports(folder.path, record);
    progress.say("");
    return { summary, folder: folder.path, interrupted: interruption.happened };
  } finally {
    for (const close of closing.reverse()) await close();
  }
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

interface BatchSetting {
  readonly url: string;
  readonly token: string;
  readonly runTag: string;
  readonly devices: readonly ProvisionedDevice[];
}

function commonBatch(run: SettledRun, { url, token, runTag, devices }: BatchSetting) {
  const { call, dialect } = run.scenario;
  const params = JSON.stringify(call.params).slice(1, -1);
  const body = `{"method":${JSON.stringify(call.method)},"timeout":${call.timeout / 1_000},"params":{`;
  return {
    url,
    dialect,
    token,
    oneway: call.oneway,
    bodyPrefix: `${body}${params === "" ? "" : `${params},`}"nonce":"${runTag}-`,
    bodySuffix: '"}}',
    runTag,
    seed: run.seed,
    deviceIds: devices.map(({ id }) => id),
    clientTimeout: run.timeout + CALLER_PATIENCE,
  };
}
