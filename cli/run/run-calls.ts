/** The calls of a run: one batch a step, on either engine, until the plan is through, a step breaks the knee rule, or Ctrl-C. */
import {
  type CallColumns,
  concatColumns,
  createCallColumns,
  createLedgerColumns,
} from "../../protocol/call-records.ts";
import { type Instant, SECOND } from "../../protocol/time.ts";
import { joinCalls } from "../../reports/join-calls.ts";
import { foldCalls } from "../../reports/joined-calls.ts";
import { MeasuredSteps } from "../../reports/measured-steps.ts";
import type { RunEvent, RunFacts, RunTotals } from "../../reports/run-record.ts";
import { summarizeSteps } from "../../reports/steps.ts";
import type { CallBatch, CallProgress } from "../../simulator/caller/call-batch.ts";
import type { ThreadSample } from "../../simulator/vitals/thread-watch.ts";
import type { LiveView } from "../live/live-view.ts";
import type { EmbeddedServer } from "./embedded-server.ts";
import type { Interruption } from "./interruption.ts";
import { type CommonBatch, planBatch } from "./plan-batch.ts";
import type { Progress } from "./progress.ts";
import type { SettledRun } from "./settle-run.ts";
import type { StartBatch } from "./start-batch.ts";

export interface RunCallsOptions {
  readonly run: SettledRun;
  readonly facts: RunFacts;
  readonly server: EmbeddedServer | undefined;
  readonly common: CommonBatch;
  /** Expected time a call holds a connection, microseconds. */
  readonly hold: number;
  readonly startBatch: StartBatch;
  readonly interruption: Interruption;
  readonly progress: Progress;
  /** Undefined when nobody watches. */
  readonly view: LiveView | undefined;
  /** Hears the run's origin as soon as it is known. */
  readonly onOrigin: (origin: Instant) => void;
}

export interface CallsResult {
  readonly origin: Instant;
  readonly calls: CallColumns;
  readonly events: readonly RunEvent[];
  /** Steps that were begun. */
  readonly steps: RunFacts["steps"];
  /** How the caller's thread fared, one batch after the other; empty when the caller is no thread of ours. */
  readonly vitals: readonly ThreadSample[];
}

export async function runCalls(options: RunCallsOptions): Promise<CallsResult> {
  const { run, facts, interruption, view } = options;
  const parts: CallColumns[] = [];
  const events: RunEvent[] = [];
  const vitals: ThreadSample[] = [];
  const steps: RunFacts["steps"][number][] = [];
  let origin: Instant | undefined;
  let firstCall = 0;
  let plannedBefore = 0;
  for (const [step, planned] of run.load.steps.entries()) {
    const batch = planBatch(run, options.common, { step, firstCall, plannedBefore, planned, hold: options.hold });
    const started = options.startBatch(batch, (progress) => showProgress(options, batch, progress));
    interruption.onStop(() => started.stop());
    await started.ready;
    const batchOrigin = await started.start();
    if (origin === undefined) {
      options.onOrigin(batchOrigin);
      view?.begin(batchOrigin);
    }
    origin ??= batchOrigin;
    view?.batch(batch, batchOrigin, planned.rate);
    const offset = batchOrigin - origin;
    if (step === 0) scheduleStall(options, events);
    steps.push({ rate: planned.rate, start: offset, duration: planned.duration });
    const columns = await started.result;
    vitals.push(...((await started.vitals) ?? []));
    interruption.onStop(undefined);
    shift(columns, offset);
    parts.push(columns);
    firstCall += columns.length;
    plannedBefore += batch.intendedUs.length;
    if (interruption.happened || !stepHolds(facts, steps, parts)) break;
  }
  const calls = concatColumns(createCallColumns(1), parts);
  return { origin: origin as Instant, calls, events, steps, vitals };
}

/** Instants of a batch are counted from its own origin; a run's from the first batch's. */
function shift(columns: CallColumns, offset: number): void {
  if (offset === 0) return;
  for (const column of [columns.intendedUs, columns.sentUs, columns.settledUs]) {
    for (let row = 0; row < columns.length; row++) column[row] = (column[row] as number) + offset;
  }
}

function stepHolds(facts: RunFacts, steps: RunFacts["steps"], parts: readonly CallColumns[]): boolean {
  if (facts.knee === undefined) return true;
  const fleet = {
    devices: 0,
    connected: 0,
    connectMs: 0,
    lostConnections: 0,
    reconnects: 0,
    refusedConnections: 0,
    awayAtEnd: 0,
    faults: [],
  };
  const totals: RunTotals = { fleet, strays: undefined, clientCalls: undefined, events: [], interrupted: false };
  const { calls, extra } = joinCalls({
    calls: concatColumns(createCallColumns(1), parts),
    ledger: createLedgerColumns(0),
  });
  const measured = new MeasuredSteps(facts.timeout);
  foldCalls(calls, measured);
  return summarizeSteps({ facts: { ...facts, steps }, totals, calls, extra }, measured).at(-1)?.holds ?? false;
}

function scheduleStall({ run, server, progress }: RunCallsOptions, events: RunEvent[]): void {
  const { stall } = run.scenario;
  if (stall === undefined || server === undefined) return;
  setTimeout(() => {
    progress.say(`pausing the server for ${stall.for / SECOND}s`);
    server.pause(stall.for / 1_000);
  }, stall.at / 1_000).unref();
  events.push({ at: stall.at, label: "server paused" }, { at: stall.at + stall.for, label: "server resumed" });
}

function showProgress({ progress, view }: RunCallsOptions, batch: CallBatch, told: CallProgress): void {
  view?.calls(told);
  const { settled } = told;
  const planned = batch.closed === undefined ? ` of ${batch.intendedUs.length.toLocaleString("en")}` : "";
  const step = batch.step === 0 ? "" : `step ${batch.step + 1}: `;
  progress.update(`${step}${settled.toLocaleString("en")}${planned} calls ended`, "calling");
}
