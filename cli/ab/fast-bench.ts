/**
 * One server and one fleet a side for all runs of a calibration: a run then costs little more than its load. What differs from the
 * rule of a fresh server for every run: what a server keeps (warm code, its heap) is the same for all sides, and start-up luck is
 * in no run. So the noise it finds is a lower bound of that of fresh runs.
 */
import { randomBytes } from "node:crypto";
import { Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { Configuration } from "../../reports/compare/configuration.ts";
import type { MeasuredRun } from "../../reports/compare/measured-run.ts";
import { joinCalls } from "../../reports/join-calls.ts";
import type { RunTotals } from "../../reports/run-record.ts";
import { summarize } from "../../reports/summary.ts";
import { expectedHold } from "../../simulator/fleet/expected-hold.ts";
import type { RunningFleet } from "../../simulator/fleet/fleet-part.ts";
import type { ProvisionedDevice } from "../../simulator/fleet/fleet-plan.ts";
import { startFleet } from "../../simulator/fleet/start-fleet.ts";
import { SetUpError } from "../errors.ts";
import { startEmbeddedServer } from "../run/embedded-server.ts";
import { portsOf } from "../run/fleet-endpoints.ts";
import { readHostFacts } from "../run/host-facts.ts";
import type { Interruption } from "../run/interruption.ts";
import { commonBatch } from "../run/plan-batch.ts";
import { planFleet, provision, shardsOf } from "../run/prepare-fleet.ts";
import { Progress } from "../run/progress.ts";
import { runCalls } from "../run/run-calls.ts";
import { describeRun } from "../run/run-facts.ts";
import type { SettledRun } from "../run/settle-run.ts";
import { startNativeBatch } from "../run/start-batch.ts";

export interface FastBench {
  /** One run of a side's devices, with the arrivals and targets of this seed. */
  readonly measure: (side: number, seed: string) => Promise<MeasuredRun>;
  readonly close: () => Promise<void>;
}

interface BenchSide {
  readonly run: SettledRun;
  readonly fleet: RunningFleet;
  readonly devices: readonly ProvisionedDevice[];
}

const SILENT = { quiet: true, dashboard: false };
const RUN_TAG_BYTES = 4;
const LONGEST_DRAIN_MS = 5_000;
/** Between two runs, so that what one leaves behind is not the other's. */
const PAUSE_MS = 20;

/** Starts the server and a fleet for each side; `sides` are the same run but for what is compared. */
export async function openFastBench(sides: readonly SettledRun[], interruption: Interruption): Promise<FastBench> {
  const [first] = sides as [SettledRun];
  const { dialect, fleet, server: settings } = first.scenario;
  const log = new Writable({ write: (_chunk, _encoding, done) => done() });
  const server = await startEmbeddedServer({ dialect, ports: portsOf(fleet.cohorts), settings, log });
  const closing: (() => Promise<void>)[] = [server.close];
  const close = async (): Promise<void> => {
    for (const each of closing.splice(0).reverse()) await each();
  };
  try {
    const { devices: count } = fleet;
    const all = { ...first, scenario: { ...first.scenario, fleet: { ...fleet, devices: count * sides.length } } };
    const { devices, token } = await provision(all, server.url, new Progress(SILENT));
    const runTag = randomBytes(RUN_TAG_BYTES).toString("hex");
    const opened: BenchSide[] = [];
    for (const [index, run] of sides.entries()) {
      interruption.check();
      const own = devices.slice(index * count, (index + 1) * count);
      const place = {
        endpoints: server.endpoints,
        devices: own,
        gateways: [],
        runTag,
        clientCalls: undefined,
        keepLedger: true,
      };
      const running = startFleet(planFleet(run, place), shardsOf(run));
      closing.push(() => running.close());
      const state = await running.connect(() => undefined);
      if (state.connected < own.length)
        throw new SetUpError(
          `only ${state.connected} of ${own.length} devices connected (first failure: ${state.firstFailure})`,
        );
      opened.push({ run, fleet: running, devices: own });
    }
    const measure = (side: number, seed: string): Promise<MeasuredRun> =>
      measureOnce(opened[side] as BenchSide, { seed, url: server.url, token, runTag, interruption });
    return { measure, close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Place {
  readonly seed: string;
  readonly url: string;
  readonly token: string;
  readonly runTag: string;
  readonly interruption: Interruption;
}

async function measureOnce({ run: ofSide, fleet, devices }: BenchSide, place: Place): Promise<MeasuredRun> {
  const { seed, url, token, runTag, interruption } = place;
  await sleep(PAUSE_MS);
  const run: SettledRun = { ...ofSide, seed };
  const facts = describeRun(run, { target: url, host: readHostFacts(undefined), startedAt: new Date() });
  const result = await runCalls({
    run,
    facts,
    server: undefined,
    common: commonBatch(run, { url, token, runTag, devices }),
    hold: expectedHold(run.scenario.fleet.cohorts, run.timeout, seed),
    startBatch: startNativeBatch,
    interruption,
    progress: new Progress(SILENT),
    view: undefined,
    onOrigin: fleet.begin,
  });
  const { report, progress } = await fleet.drain(result.origin, LONGEST_DRAIN_MS);
  const totals: RunTotals = {
    fleet: { ...report, devices: devices.length, connected: progress.connected },
    strays: undefined,
    clientCalls: undefined,
    events: [],
    interrupted: interruption.happened,
  };
  const { calls, extra } = joinCalls({ calls: result.calls, ledger: report.ledger, server: undefined });
  const figures = summarize({ facts: { ...facts, steps: result.steps }, totals, calls, extra });
  return { path: `run ${seed}`, figures, configuration: NOT_KEPT, responseTime: undefined };
}

/** The sides of a bench differ in what was asked for, and nobody reads it back. */
const NOT_KEPT: Configuration = { scenario: {}, setting: {} };
