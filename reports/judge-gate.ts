/** Judging Gates: pass, fail, or invalid when the run cannot answer the question. */
import type { Duration } from "../protocol/time.ts";
import { formatCount, formatQuantity } from "./format.ts";
import type { Counted, Gate, Operator, Problem, Statistic } from "./gate.ts";
import type { Histogram } from "./histogram.ts";
import { samplesNeeded } from "./quantile-support.ts";
import type { Series } from "./series.ts";
import type { Figures, GateResult, Unit } from "./summary-schema.ts";

/** What a Gate may look at. The histograms answer for percentiles that the Summary does not list. */
export interface GateInputs {
  readonly figures: Figures;
  readonly series: Series;
}

interface Measured {
  readonly unit: Unit;
  readonly observed: number | null;
  readonly limit: number;
  /** Why the question cannot be answered; undefined when it can. */
  readonly unanswerable: string | undefined;
}

/**
 * Verdict of one Gate. No data is never a pass: an empty series and a percentile that n cannot support are `invalid`, and so
 * are latency and throughput Gates when the generator's health is invalid, because then the figure is not the server's.
 */
export function judgeGate(gate: Gate | Problem, inputs: GateInputs): GateResult {
  if (gate.kind === "problem") return unreadable(gate);
  if (gate.kind === "health") return judgeHealthGate(gate.text, inputs.figures);
  const measured = measure(gate, inputs);
  const { unit, observed, limit } = measured;
  const shown = {
    text: gate.text,
    unit,
    observed,
    observedText: formatQuantity(observed, unit),
    limit,
    limitText: `${gate.operator} ${formatQuantity(limit, unit)}`,
    margin: observed === null ? null : marginOf(gate.operator, observed, limit),
  };
  const isHealthBound = gate.kind === "latency" || gate.kind === "throughput";
  if (isHealthBound && inputs.figures.health.verdict === "invalid") {
    return {
      ...shown,
      verdict: "invalid",
      reason: "the load generator's health is invalid, so the figure is not the server's",
    };
  }
  if (measured.unanswerable !== undefined || observed === null) {
    return { ...shown, verdict: "invalid", reason: measured.unanswerable ?? "there is nothing to compare" };
  }
  const holds = compares(gate.operator, observed, limit);
  const reason = `observed ${shown.observedText}, wanted ${shown.limitText}`;
  return { ...shown, verdict: holds ? "pass" : "fail", reason };
}

function measure(gate: Exclude<Gate, { kind: "health" }>, inputs: GateInputs): Measured {
  const { figures, series } = inputs;
  switch (gate.kind) {
    case "latency":
      return tooFine(measureLatency(series[gate.series], gate.statistic, gate.limitUs), gate, series);
    case "count":
      return measureCount(gate.counted, figures, gate);
    case "throughput":
      return measureThroughput(figures, gate);
  }
}

function measureLatency(histogram: Histogram, statistic: Statistic, limitUs: Duration): Measured {
  const measured = { unit: "us", observed: null, limit: limitUs } as const;
  if (histogram.n === 0) return { ...measured, unanswerable: "there are no samples" };
  if (statistic.kind !== "quantile") {
    return { ...measured, observed: Math.round(histogram[statistic.kind] ?? 0), unanswerable: undefined };
  }
  const needed = samplesNeeded(statistic.p);
  if (histogram.n < needed) {
    return {
      ...measured,
      unanswerable: `n too small: ${formatCount(histogram.n)} of the ${formatCount(needed)} samples that this percentile needs; run about ${Math.ceil((needed / histogram.n) * 1.1 * 10) / 10} times as long, or offer as much more`,
    };
  }
  return { ...measured, observed: histogram.quantile(statistic.p) ?? null, unanswerable: undefined };
}

/** Series that hold the devices' own lateness. */
const HOLDS_REPLY_LAG: ReadonlySet<keyof Series> = new Set([
  "responseTime",
  "responseTimeAll",
  "serviceTime",
  "overhead",
]);

/**
 * A figure cannot be told from a bound that is nearer than the devices' own lateness at the same quantile: their replies left that
 * much later than programmed, which is nothing of the server's.
 */
function tooFine(measured: Measured, gate: Gate & { kind: "latency" }, { replyLag }: Series): Measured {
  const { observed, limit } = measured;
  if (observed === null || replyLag.n === 0 || !HOLDS_REPLY_LAG.has(gate.series)) return measured;
  const finest = resolutionOf(gate.statistic, replyLag);
  if (Math.abs(observed - limit) >= finest) return measured;
  const own = `${formatQuantity(finest, "us")} the devices themselves were late by`;
  return {
    ...measured,
    unanswerable: `observed ${formatQuantity(observed, "us")} is nearer to the bound than the ${own}`,
  };
}

function resolutionOf(statistic: Statistic, replyLag: Histogram): Duration {
  if (statistic.kind === "max") return replyLag.max ?? 0;
  return replyLag.quantile(statistic.kind === "quantile" ? Math.max(0.5, statistic.p) : 0.5) ?? 0;
}

function measureCount(
  counted: Counted,
  { counts, strays }: Figures,
  gate: { limit: number; isShare: boolean },
): Measured {
  const count = counted.kind === "outcome" ? counts[counted.name] : strays[counted.name];
  const unanswerable = counts.planned === 0 ? "no calls were planned" : undefined;
  if (!gate.isShare) return { unit: "count", observed: count, limit: gate.limit, unanswerable };
  const observed = counts.planned === 0 ? null : count / counts.planned;
  return { unit: "share", observed, limit: gate.limit, unanswerable };
}

/** With a knee the throughput is that of the knee's step: the overload behind it is on purpose. */
function measureThroughput(figures: Figures, gate: { limit: number; isShareOfPlanned: boolean }): Measured {
  const { knee, throughput, counts } = figures;
  const achieved = knee === null ? throughput.achievedPerS : knee.achievedPerS;
  const offered = knee === null ? throughput.offeredPerS : (knee.rate ?? throughput.offeredPerS);
  const limit = gate.isShareOfPlanned ? gate.limit * offered : gate.limit;
  const nothing = counts.planned === 0 ? "no calls were planned" : "no step of the workload holds";
  const unanswerable = counts.planned === 0 || achieved === null ? nothing : undefined;
  return { unit: "per_s", observed: achieved, limit, unanswerable };
}

/** A generator that is not well is nobody's failure but its own: anything but healthy is invalid, not failed. */
function judgeHealthGate(text: string, { health }: Figures): GateResult {
  const observed = { healthy: 0, suspect: 1, invalid: 2 }[health.verdict];
  const shown = { text, unit: "health", observed, observedText: formatQuantity(observed, "health"), limit: 0 } as const;
  const bad = health.rows.filter((row) => row.verdict !== "healthy").map((row) => row.name);
  if (bad.length === 0)
    return { ...shown, limitText: "== ok", margin: null, verdict: "pass", reason: "every row is healthy" };
  return { ...shown, limitText: "== ok", margin: null, verdict: "invalid", reason: `not healthy: ${bad.join(", ")}` };
}

function unreadable({ text, message }: Problem): GateResult {
  const shown = {
    observed: null,
    observedText: formatQuantity(null, "count"),
    limit: null,
    limitText: formatQuantity(null, "count"),
  };
  return { text, unit: "count", ...shown, margin: null, verdict: "invalid", reason: message };
}

function compares(operator: Operator, observed: number, limit: number): boolean {
  if (operator === "<") return observed < limit;
  if (operator === "<=") return observed <= limit;
  if (operator === ">") return observed > limit;
  if (operator === ">=") return observed >= limit;
  return observed === limit;
}

function marginOf(operator: Operator, observed: number, limit: number): number | null {
  if (limit === 0) return null;
  if (operator === "==") return observed === limit ? 0 : -Math.abs(observed - limit) / limit;
  return (operator.startsWith("<") ? limit - observed : observed - limit) / limit;
}
