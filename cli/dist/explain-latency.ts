/** What a latency form means, in figures: computed where there is a formula, and drawn as a fleet would draw it. */
import { RandomStream, seedFrom } from "../../protocol/random.ts";
import { type Duration, SECOND } from "../../protocol/time.ts";
import { planArrivals, planTargets } from "../../scenarios/arrivals.ts";
import type { Marginal } from "../../simulator/behaviour/latency/marginal.ts";
import type { Latency, LatencyFact } from "../../simulator/behaviour/latency.ts";
import { shareInterval } from "./binomial-interval.ts";

/** Microseconds; null stands for "it never answers". */
export interface Figures {
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p99: number | null;
  readonly p999: number | null;
  /** Of the delays that come; null when it is infinite or none comes. */
  readonly mean: number | null;
  /** Share that is later than the timeout, or never comes. */
  readonly missed: number;
  readonly never: number;
}

export interface Explanation {
  readonly form: string;
  readonly timeout: Duration;
  readonly seed: string;
  readonly draws: number;
  readonly devices: number;
  /** Calls per second to all devices together. */
  readonly rate: number;
  /** Null: the form has no known distribution. */
  readonly analytic: Figures | null;
  readonly drawn: Figures;
  /** The exact 99 % interval of the share missed, from the draws. */
  readonly missedBetween: { readonly low: number; readonly high: number };
  /** Correlation of a device's delays with its 1st to 5th before, over all devices; null where there are too few pairs. */
  readonly correlation: readonly (number | null)[];
  readonly facts: readonly LatencyFact[];
  /** The draws that came, ascending, in microseconds. */
  readonly delays: Float64Array;
}

export interface ExplainOptions {
  readonly timeout: Duration;
  readonly seed: string;
  readonly draws: number;
  readonly devices: number;
  readonly rate: number;
}

const LAGS = 5;
const FEWEST_PAIRS = 100;

/** Draws one run: calls come as in a Poisson workload of that rate, each to a device drawn from the fleet. */
export function explainLatency(latency: Latency, options: ExplainOptions): Explanation {
  const { timeout, seed: seedText, draws, devices, rate } = options;
  const seed = seedFrom(seedText);
  // So many standard deviations longer than needed that there are enough arrivals.
  const duration = (draws / rate) * (1 + 10 / Math.sqrt(draws)) * SECOND;
  const arrivals = planArrivals({ rate, duration, arrivals: "poisson", seed });
  const targets = planTargets({ seed, firstCall: 0, count: draws, devices });
  const random = new RandomStream(seed);
  const histories = new Map<number, number[]>();
  const all: number[] = [];
  for (let key = 0; key < draws; key++) {
    const device = targets[key] as number;
    const history = histories.get(device) ?? [];
    histories.set(device, history);
    const context = { device, key, ordinal: history.length + 1, at: arrivals[key] as number };
    const delay = latency.draw(context, random) ?? Number.POSITIVE_INFINITY;
    history.push(delay);
    all.push(delay);
  }
  const sorted = Float64Array.from(all).sort();
  const missed = sorted.length - countAtMost(sorted, timeout);
  return {
    form: latency.text,
    ...options,
    analytic: latency.marginal === undefined ? null : analyticFigures(latency.marginal, timeout),
    drawn: drawnFigures(sorted, timeout),
    missedBetween: shareInterval(missed, draws),
    correlation: correlations([...histories.values()], sorted),
    facts: latency.facts,
    delays: sorted.subarray(0, countAtMost(sorted, Number.MAX_VALUE)),
  };
}

/** To a thousandth of a microsecond: the digits beyond are arithmetic. */
const orNull = (value: number): number | null => (Number.isFinite(value) ? Math.round(value * 1_000) / 1_000 : null);

function analyticFigures(marginal: Marginal, timeout: Duration): Figures {
  const at = (u: number): number | null => orNull(marginal.quantile(u));
  return {
    p50: at(0.5),
    p90: at(0.9),
    p99: at(0.99),
    p999: at(0.999),
    mean: orNull(marginal.mean()),
    missed: notNoise(1 - marginal.cdf(timeout)),
    never: marginal.never,
  };
}

/** What a sum of a thousand terms may be off by is no share. */
function notNoise(share: number): number {
  return share < 1e-12 ? 0 : share;
}

function drawnFigures(sorted: Float64Array, timeout: Duration): Figures {
  const at = (u: number): number | null => orNull(sorted[Math.ceil(u * sorted.length) - 1] as number);
  const finite = sorted.subarray(0, countAtMost(sorted, Number.MAX_VALUE));
  return {
    p50: at(0.5),
    p90: at(0.9),
    p99: at(0.99),
    p999: at(0.999),
    mean: orNull(meanOf(finite)),
    missed: 1 - countAtMost(sorted, timeout) / sorted.length,
    never: 1 - finite.length / sorted.length,
  };
}

/** How many entries of an ascending list are at most `limit`. */
export function countAtMost(ascending: Float64Array, limit: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] as number) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Of the delays that came, about the mean of all: devices that differ for good count as correlated. */
function correlations(histories: readonly (readonly number[])[], sorted: Float64Array): (number | null)[] {
  const finite = sorted.subarray(0, countAtMost(sorted, Number.MAX_VALUE));
  const mean = meanOf(finite);
  const variance = finite.reduce((sum, value) => sum + (value - mean) ** 2, 0) / finite.length;
  return Array.from({ length: LAGS }, (_, i) => {
    const lag = i + 1;
    let sum = 0;
    let pairs = 0;
    for (const history of histories) {
      for (let n = lag; n < history.length; n++) {
        const product = ((history[n] as number) - mean) * ((history[n - lag] as number) - mean);
        if (!Number.isFinite(product)) continue;
        sum += product;
        pairs++;
      }
    }
    return pairs < FEWEST_PAIRS || !(variance > 0) ? null : sum / pairs / variance;
  });
}
