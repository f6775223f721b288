/** The figure of a Gate on a duration: of the whole run with its interval, or of its worst window. */
import { type Duration, formatDuration, SECOND } from "../protocol/time.ts";
import { latencyLimit } from "./baseline-limit.ts";
import { type Bounded, decide } from "./decide.ts";
import { formatCount, formatQuantity } from "./format.ts";
import type { Gate, Statistic } from "./gate.ts";
import { exactly, type GateInputs, type Measured } from "./gate-inputs.ts";
import type { Histogram } from "./histogram.ts";
import { samplesNeeded } from "./quantile-support.ts";
import type { Series } from "./series.ts";
import { type Interval, quantileInterval } from "./statistics/interval.ts";
import type { SecondCounts } from "./statistics/second-counts.ts";
import { type WindowFigure, windowsOf, worstWindows } from "./windows.ts";

type LatencyGate = Gate & { kind: "latency" };

/** Beyond this many times the length of a run nobody waits for an answer. */
const LONGEST = 100;

export function measureLatency(gate: LatencyGate, inputs: GateInputs): Measured {
  const { series, figures } = inputs;
  const limit = latencyLimit(gate, inputs.baseline, figures.scenario);
  const measured = { unit: "us", limit: null, figure: undefined, where: "", toTell: "" } as const;
  if (typeof limit === "string") return { ...measured, unanswerable: limit };
  const histogram = series[gate.series];
  if (histogram.n === 0) return { ...measured, limit, unanswerable: "there are no samples" };
  const found = gate.window === undefined ? ofRun(gate, limit, inputs) : inWindows(gate, gate.window, limit, inputs);
  return tooFine({ ...measured, limit, unanswerable: undefined, ...found }, gate, series);
}

type Found = Partial<Pick<Measured, "figure" | "unanswerable" | "where" | "toTell">>;

function ofRun({ series, statistic, operator }: LatencyGate, limit: Duration, inputs: GateInputs): Found {
  const histogram = inputs.series[series];
  // Extremes are facts of the run; a mean is taken as it is, for it is no basis of a promise.
  if (statistic.kind !== "quantile") return { figure: exactly(Math.round(histogram[statistic.kind] ?? 0)) };
  const { n } = histogram;
  const needed = samplesNeeded(statistic.p);
  if (n < needed) return { unanswerable: tooFew(n, needed) };
  const observed = histogram.quantile(statistic.p) ?? 0;
  const seconds = inputs.seconds[series];
  if (seconds === undefined) return { figure: exactly(observed) };
  const interval = quantileInterval(seconds, statistic.p, inputs.seed);
  const figure = widened(interval, observed, histogram);
  const isUnclear = decide(operator, figure, limit) === "unclear";
  return { figure, toTell: isUnclear ? toTell(interval, { figure, limit, seconds, n }) : "" };
}

/** Bounds around what the histogram says, which knows its extremes exactly. */
function widened({ lowUs, highUs }: Interval, observed: Duration, { min = 0, max = 0 }: Histogram): Bounded {
  return {
    observed,
    low: Math.max(min, Math.min(observed, lowUs)),
    high: Math.min(max, Math.max(observed, highUs)),
  };
}

function tooFew(n: number, needed: number): string {
  const times = Math.ceil((needed / n) * 1.1 * 10) / 10;
  return `n too small: ${formatCount(n)} of the ${formatCount(needed)} samples that this percentile needs; run about ${times} times as long, or offer as much more`;
}

interface Doubt {
  readonly figure: Bounded;
  readonly limit: Duration;
  readonly seconds: readonly SecondCounts[];
  readonly n: number;
}

function toTell(interval: Interval, { figure, limit, seconds, n }: Doubt): string {
  const wanted = interval.kind === "refused" ? (interval.needed ?? n) : n * narrowing(figure, limit);
  if (!(wanted <= LONGEST * n)) return "it is too near the limit for any run of reasonable length to tell";
  const more = Math.max(1, wanted - n);
  const spanS = seconds.reduce((sum, { start, end }) => sum + end - start, 0) / SECOND;
  const about = `needs about ${formatCount(roughly(more))} more samples, ${formatCount(roughly((more / n) * spanS))} s more at this rate`;
  if (interval.kind === "interval") return about;
  const why = interval.reason === "correlated" ? "correlated, extend the run" : "the run is too short";
  return `${why}: ${about}`;
}

/** An interval narrows with the root of the samples: how many times as many leave the limit outside of it. */
function narrowing({ observed, low, high }: Bounded, limit: Duration): number {
  const half = limit > observed ? high - observed : observed - low;
  return (half / (limit - observed)) ** 2;
}

/** Two significant digits, upwards: an estimate should look like one. */
function roughly(value: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(value)) - 1);
  return Math.ceil(value / unit) * unit;
}

function inWindows(gate: LatencyGate, window: Duration, limit: Duration, { seconds, figures }: GateInputs): Found {
  const { series, statistic, operator } = gate;
  const runEnd = Math.round(figures.window.durationS * SECOND);
  const windows = windowsOf(seconds[series] ?? [], window, runEnd);
  const { figure: worst, thin } = worstWindows(windows, statistic, operator);
  const isBroken = (one: WindowFigure | undefined): boolean =>
    one !== undefined && decide(operator, exactly(one.value), limit) === "fail";
  if (thin !== undefined && isBroken(thin) && !isBroken(worst)) {
    const needed = statistic.kind === "quantile" ? samplesNeeded(statistic.p) : 1;
    return { unanswerable: `in a window of ${formatDuration(window)}, ${tooFew(thin.n, needed)}` };
  }
  const shown = worst ?? thin;
  if (shown === undefined) {
    return { unanswerable: `the run has no window of ${formatDuration(window)}: make it longer than that` };
  }
  return { figure: exactly(shown.value), where: ` in the worst window, from ${shown.start / SECOND} s` };
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
function tooFine(measured: Measured, gate: LatencyGate, { replyLag }: Series): Measured {
  const { figure, limit } = measured;
  if (figure === undefined || limit === null || replyLag.n === 0 || !HOLDS_REPLY_LAG.has(gate.series)) return measured;
  const finest = resolutionOf(gate.statistic, replyLag);
  if (Math.abs(figure.observed - limit) >= finest) return measured;
  const own = `${formatQuantity(finest, "us")} the devices themselves were late by`;
  return {
    ...measured,
    unanswerable: `observed ${formatQuantity(figure.observed, "us")} is nearer to the bound than the ${own}`,
  };
}

function resolutionOf(statistic: Statistic, replyLag: Histogram): Duration {
  if (statistic.kind === "max") return replyLag.max ?? 0;
  return replyLag.quantile(statistic.kind === "quantile" ? Math.max(0.5, statistic.p) : 0.5) ?? 0;
}
