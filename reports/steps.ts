/** Steps of a workload, and the knee: the highest offered load at which the target still holds. */
import { SECOND } from "../protocol/time.ts";
import { generatorKeptUp } from "./health.ts";
import type { Measured, MeasuredSteps } from "./measured-steps.ts";
import { supportsQuantile } from "./quantile-support.ts";
import type { KneeRule, RunRecord, StepFacts } from "./run-record.ts";
import type { Knee, StepSummary } from "./summary-schema.ts";

/**
 * Every step with its figures. Without a knee rule a step holds when it ran and the generator kept up with it. A step that was
 * never reached, because the one before it broke or the run was interrupted, is `not_run`.
 */
export function summarizeSteps(record: RunRecord, measured: MeasuredSteps): StepSummary[] {
  const { facts, totals } = record;
  const steps: StepSummary[] = [];
  for (const [index, step] of facts.steps.entries()) {
    const mayBeUnreached = totals.interrupted || steps.some((earlier) => !earlier.holds);
    steps.push(summarizeStep(record, measured.step(index), { index, step, mayBeUnreached }));
  }
  return steps;
}

interface StepPlace {
  readonly index: number;
  readonly step: StepFacts;
  readonly mayBeUnreached: boolean;
}

function summarizeStep(record: RunRecord, measured: Measured, { index, step, mayBeUnreached }: StepPlace): StepSummary {
  const { series, tally } = measured;
  const waited = series.responseTimeAll;
  const durationS = step.duration / SECOND;
  const figures = {
    index,
    rate: step.rate ?? null,
    startS: step.start / SECOND,
    durationS,
    planned: tally.planned,
    ok: tally.outcomes.ok,
    achievedPerS: durationS === 0 ? 0 : tally.outcomes.ok / durationS,
    p50: supportsQuantile(waited.n, 0.5) ? (waited.quantile(0.5) ?? null) : null,
    p99: supportsQuantile(waited.n, 0.99) ? (waited.quantile(0.99) ?? null) : null,
  };
  const reached = tally.sent > 0 || (tally.planned > 0 && !mayBeUnreached);
  if (!reached) return { ...figures, holds: false, reason: "not_run" };
  if (!generatorKeptUp(record, measured)) return { ...figures, holds: false, reason: "generator" };
  const reason = breaksRule(record.facts.knee, {
    okShare: tally.outcomes.ok / tally.planned,
    // With too few samples for a p99, the maximum stands in: it can only be stricter.
    p99: figures.p99 ?? waited.max ?? 0,
  });
  return { ...figures, holds: reason === null, reason };
}

function breaksRule(
  rule: KneeRule | undefined,
  observed: { okShare: number; p99: number },
): "achieved" | "latency" | null {
  if (rule === undefined) return null;
  if (observed.okShare < rule.minOkShare) return "achieved";
  return observed.p99 > rule.maxP99 ? "latency" : null;
}

/** The last step before the first that does not hold. */
export function findKnee(rule: KneeRule, steps: readonly StepSummary[]): Knee {
  const broken = steps.find((step) => !step.holds);
  const last = broken === undefined ? steps.at(-1) : steps[broken.index - 1];
  return {
    minOkShare: rule.minOkShare,
    maxP99Us: rule.maxP99,
    step: last?.index ?? null,
    rate: last?.rate ?? null,
    achievedPerS: last?.achievedPerS ?? null,
    limitedBy: broken === undefined || broken.reason === "not_run" ? null : broken.reason,
  };
}
