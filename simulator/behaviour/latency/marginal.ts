/**
 * A distribution of delays, as numbers: what a latency form's draws look like when the order in which they come is forgotten.
 * Delays are real-valued microseconds here; rounding is the last step of a draw, so that tests can judge the continuous sample.
 */
import type { Duration } from "../../../protocol/time.ts";
import { meanOf } from "./quadrature.ts";

export interface Marginal {
  /** The delay below which a share `u` in (0, 1) of the draws lies; Infinity where the device never answers. Never falls in u. */
  quantile(u: number): number;
  /** Share of all draws that are at most `t`; those that never come are in no share. */
  cdf(t: number): number;
  /** Mean of the draws that come. */
  mean(): number;
  /** Share of the draws that never come. */
  readonly never: number;
}

/** A distribution whose every draw comes, with its mean by quadrature when no formula is given. */
export function finiteMarginal(
  quantile: (u: number) => number,
  cdf: (t: number) => number,
  mean?: () => number,
): Marginal {
  return { quantile, cdf, mean: mean ?? (() => meanOf(quantile)), never: 0 };
}

export function constantMarginal(delay: number): Marginal {
  return finiteMarginal(
    () => delay,
    (t) => (t >= delay ? 1 : 0),
    () => delay,
  );
}

export function uniformMarginal(low: Duration, high: Duration): Marginal {
  const width = high - low;
  if (width === 0) return constantMarginal(low);
  return finiteMarginal(
    (u) => low + width * u,
    (t) => Math.min(1, Math.max(0, (t - low) / width)),
    () => (low + high) / 2,
  );
}

/** The device never answers. */
export const NEVER: Marginal = {
  quantile: () => Number.POSITIVE_INFINITY,
  cdf: () => 0,
  mean: () => Number.NaN,
  never: 1,
};

/** Every delay of `inner` multiplied by a factor. */
export function scaled(inner: Marginal, factor: number): Marginal {
  return {
    quantile: (u) => factor * inner.quantile(u),
    cdf: (t) => inner.cdf(t / factor),
    mean: () => factor * inner.mean(),
    never: inner.never,
  };
}

export interface Component {
  /** Share in (0, 1]; those of a mixture add up to 1. */
  readonly weight: number;
  readonly marginal: Marginal;
}

/** One of several distributions, by weight. The quantile is the distribution function inverted. */
export function mixed(components: readonly Component[]): Marginal {
  const cdf = (t: number): number => {
    let sum = 0;
    for (const { weight, marginal } of components) sum += weight * marginal.cdf(t);
    return sum;
  };
  const never = components.reduce((sum, { weight, marginal }) => sum + weight * marginal.never, 0);
  const finite = components.filter(({ marginal }) => marginal.never < 1);
  const mean = (): number => {
    let sum = 0;
    for (const { weight, marginal } of finite) sum += weight * (1 - marginal.never) * marginal.mean();
    return sum / (1 - never);
  };
  const quantile = (u: number): number => {
    if (u > 1 - never) return Number.POSITIVE_INFINITY;
    let low = Number.POSITIVE_INFINITY;
    let high = 0;
    for (const { marginal } of finite) {
      const own = marginal.quantile(u);
      low = Math.min(low, own);
      high = Math.max(high, own);
    }
    return invert(cdf, u, low, high);
  };
  return { quantile, cdf, mean, never };
}

/** Nearest to the ends of (0, 1) that a uniform draw comes; computed shares are kept as far from 0 and 1. */
const EDGE = 2 ** -53;

/** A computed share, moved into (0, 1) where rounding has taken it to an end. */
export function openShare(u: number): number {
  return Math.min(1 - EDGE, Math.max(EDGE, u));
}

const STEPS = 200;
const PRECISION = 1e-10;

/**
 * The smallest t with cdf(t) >= u, known to lie in [low, high]; an infinite `high` is looked for. False position after Illinois,
 * which is fast where the function is smooth, with a bisection at every third step, which is sure where it jumps.
 */
export function invert(cdf: (t: number) => number, u: number, low: number, high: number): number {
  let a = Number.isFinite(low) ? low : 0;
  let b = high;
  if (!Number.isFinite(b)) for (b = Math.max(1, 2 * a); cdf(b) < u && b < 1e300; b *= 4);
  let below = cdf(a) - u;
  if (below >= 0) return a;
  let above = cdf(b) - u;
  let last = 0;
  for (let step = 1; step < STEPS && b - a > PRECISION * b; step++) {
    const secant = a - (below * (b - a)) / (above - below);
    const aim = step % 3 === 0 || !(secant > a && secant < b) ? (a + b) / 2 : secant;
    const missing = cdf(aim) - u;
    if (missing === 0) return aim;
    if (missing > 0) {
      b = aim;
      above = missing;
      if (last === 1) below /= 2;
      last = 1;
    } else {
      a = aim;
      below = missing;
      if (last === -1) above /= 2;
      last = -1;
    }
  }
  return b;
}
