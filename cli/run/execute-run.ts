/**
 * A run from start to report: folder, server, devices, fleet, calls, drain, ledgers, report. Whatever was started is ended, in
 * the reverse order, however the run goes.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Instant } from "../../protocol/time.ts";
import type { RunRecord } from "../../reports/run-record.ts";
import type { Summary } from "../../reports/summary-schema.ts";
import { RUN_FILES, writeRun } from "../../reports/write-run.ts";
import { expectedHold } from "../../simulator/fleet/expected-hold.ts";
import type { DrainedFleet, RunningFleet } from "../../simulator/fleet/fleet-part.ts";
import { MachineWatch } from "../../simulator/vitals/machine-watch.ts";
import { SetUpError } from "../errors.ts";
import { LiveView } from "../live/live-view.ts";
import { sayBehaviourErrors } from "./behaviour-errors.ts";
import { CALLER_PATIENCE } from "./call-kinds.ts";
import { chooseEngine } from "./choose-engine.ts";
import { endClientCalls } from "./client-calls.ts";
import { socketsOf } from "./descriptors-of.ts";
import { gatherRecord } from "./gather-record.ts";
import { descriptorProblem, readHostFacts } from "./host-facts.ts";
import { Interruption } from "./interruption.ts";
import { commonBatch } from "./plan-batch.ts";
import { Progress } from "./progress.ts";
import { type CallsResult, runCalls } from "./run-calls.ts";
import { describeRun } from "./run-facts.ts";
import { createRunFolder } from "./run-folder.ts";
import type { SettledRun } from "./settle-run.ts";
import { type Closing, startParts } from "./start-parts.ts";

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
  const interruption = new Interruption((line) => progress.insist(line));
  const closing: Closing = [async () => interruption.release()];
  try {
    const view = await LiveView.open(run, progress);
    closing.push(() => view.close());
    const folder = createRunFolder(run, startedAt);
    closing.push(async () => void folder.log.end());
    const parts = await startParts(run, { log: folder.log, progress, interruption, closing });
    const { server, fleet, url } = parts;
    view.watch(fleet);
    const facts = describeRun(run, { target: url, host: readHostFacts(engine.k6Version), startedAt });
    const machine = new MachineWatch();
    const onOrigin = (origin: Instant): void => {
      fleet.begin(origin);
      machine.begin();
    };
    const startBatch = engine.startBatch(folder.path);
    const common = commonBatch(run, parts);
    const result = await runCalls({
      run,
      facts,
      server,
      common,
      hold,
      startBatch,
      interruption,
      progress,
      view,
      onOrigin,
    });
    progress.update("waiting for the last replies");
    const witnesses = { facts, result, server, machine: machine.end(), accountPath: join(folder.path, SERVER_LEDGER) };
    const drained = await drain(fleet, result, { run, interruption });
    await (closing.pop() as () => Promise<void>)();
    const record = await gatherRecord(run, { ...witnesses, drained, interrupted: interruption.happened });
    sayBehaviourErrors(drained.report.behaviourErrors, progress);
    progress.update("writing the report");
    const summary = writeRun(folder.path, record);
    rmSync(witnesses.accountPath, { force: true });
    await view.over(summary, join(folder.path, RUN_FILES.html));
    progress.close();
    progress.say("");
    return { record, summary, folder: folder.path, interrupted: interruption.happened };
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

function requireDescriptors(sockets: number): void {
  const tooMany = descriptorProblem(sockets, 2_000);
  if (tooMany !== undefined) throw new SetUpError(tooMany);
}

interface DrainSetting {
  readonly run: SettledRun;
  readonly interruption: Interruption;
}

/** Waits for the last replies and for the devices' own calls; an interrupted run waits for neither to be complete. */
async function drain(
  fleet: RunningFleet,
  result: CallsResult,
  { run, interruption }: DrainSetting,
): Promise<DrainedFleet> {
  const ownMs = endClientCalls(fleet, result, { run, interrupted: interruption.happened });
  // Devices may wait long for their answers: Ctrl-C is heard in the meantime as well.
  interruption.onStop(() => endClientCalls(fleet, result, { run, interrupted: true }));
  const repliesMs = Math.min(LONGEST_DRAIN_MS, run.timeout / 1_000 + 2_000);
  const withinMs = interruption.happened ? INTERRUPTED_DRAIN_MS : Math.max(repliesMs, ownMs);
  const drained = await fleet.drain(result.origin, withinMs);
  interruption.onStop(undefined);
  return drained;
}
