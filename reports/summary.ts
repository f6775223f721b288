/** Folds a run into its Summary: the only place where figures are made. Every report is a view of it. */
import { seedFrom } from "../protocol/random.ts";
import { type Duration, type Instant, SECOND } from "../protocol/time.ts";
import { distribution } from "./distribution.ts";
import { type FoldedRun, foldRun } from "./fold-run.ts";
import { parseGate } from "./gate.ts";
import { judgeHealth } from "./health.ts";
import { judgeGate } from "./judge-gate.ts";
import type { RunRecord } from "./run-record.ts";
import type { Series } from "./series.ts";
import { findKnee, summarizeSteps } from "./steps.ts";
import { countStrays } from "./strays.ts";
import { type Figures, type StepSummary, SUMMARY_SCHEMA, type Summary } from "./summary-schema.ts";
import { sumOfOutcomes, type Tally } from "./tally.ts";
import { summarizeSteadiness, summarizeUncertainty } from "./uncertainty.ts";
import { judgeRun } from "./verdict.ts";

/** The Summary of a run. The same record always gives the same Summary; `folded` spares a pass over its Calls. */
export function summarize(record: RunRecord, folded: FoldedRun = foldRun(record)): Summary {
  const { series, tally } = folded.whole;
  const { requests } = folded;
  const steps = summarizeSteps(record, folded.steps);
  const knee = record.facts.knee === undefined ? null : findKnee(record.facts.knee, steps);
  // Beyond the knee the generator may struggle: that is what the run is for.
  const scope =
    knee === null ? folded.whole : { ...folded.steps.upTo(knee.step ?? 0), until: endOfStep(record, knee.step ?? 0) };
  const windowUs = runWindow(record, steps, folded.extent.lastSettled);
  const sum = sumOfOutcomes(tally);
  const { clientCalls } = record.totals;
  const seed = seedFrom(record.facts.seed);

  const figures: Figures = {
    schema: SUMMARY_SCHEMA,
    ...identity(record),
    window: { startedAt: record.facts.startedAt, durationS: windowUs / SECOND },
    interrupted: record.totals.interrupted,
    timeoutUs: record.facts.timeout,
    counts: { planned: tally.planned, sent: tally.sent, ...tally.outcomes },
    accounting: { balanced: sum === tally.planned && tally.unsettled === 0, sum },
    strays: countStrays(record.totals, requests),
    requests: { received: requests.received, foreign: requests.foreign, repeated: requests.repeated },
    violations: { replyIntegrity: tally.mismatched, provokedBy: [...record.facts.replyMixers] },
    ...distributions(series),
    uncertainty: summarizeUncertainty(folded.seconds.responseTime, seed),
    steadiness: summarizeSteadiness(folded.seconds.responseTime, record.facts.steps),
    throughput: throughput(tally, windowUs),
    steps,
    knee,
    fleet: { ...record.totals.fleet, faults: record.totals.fleet.faults.map((fault) => ({ ...fault })) },
    events: record.totals.events.map((event) => ({ ...event })),
    ...(clientCalls === undefined ? {} : { clientCalls }),
    stages: folded.stages,
    health: judgeHealth(record, scope),
  };
  const inputs = { figures, series, seconds: folded.seconds, seed, baseline: record.facts.baseline };
  const gates = record.facts.gates.map((text) => judgeGate(parseGate(text), inputs));
  return { ...figures, gates, ...judgeRun(figures, gates) };
}

function endOfStep({ facts }: RunRecord, index: number): Instant | undefined {
  const step = facts.steps[index];
  return step && step.start + step.duration;
}

function identity({ facts }: RunRecord): Pick<Figures, "scenario" | "engine" | "seed" | "target" | "command" | "host"> {
  const { scenario, engine, seed, target, command, host } = facts;
  return { scenario, engine, seed, target, command, host: { ...host, k6: host.k6 ?? null } };
}

/** From the origin to the end of the last step that ran; an interrupted run ends with what it did last. */
function runWindow({ facts, totals }: RunRecord, steps: readonly StepSummary[], lastSettled: Instant): Duration {
  const planned = facts.steps
    .filter((_, index) => steps[index]?.reason !== "not_run")
    .reduce((end, step) => Math.max(end, step.start + step.duration), 0);
  return totals.interrupted ? Math.min(planned, lastSettled) : planned;
}

function throughput({ planned, outcomes }: Tally, windowUs: Duration): Figures["throughput"] {
  const perSecond = (count: number): number => (windowUs === 0 ? 0 : (count / windowUs) * SECOND);
  return { offeredPerS: perSecond(planned), achievedPerS: perSecond(outcomes.ok) };
}

function distributions(series: Series) {
  return {
    responseTimeUs: distribution(series.responseTime),
    responseTimeAllUs: distribution(series.responseTimeAll),
    serviceTimeUs: distribution(series.serviceTime),
    sendLagUs: distribution(series.sendLag),
    overheadUs: distribution(series.overhead),
    deviceTimeUs: distribution(series.deviceTime),
    replyLagUs: distribution(series.replyLag),
  };
}
