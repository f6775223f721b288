/** Gamma and Erlang: the sum of several hops. The quantile has no formula; it is found by Newton's method between safe bounds. */
import { exp, ln, normalQuantile } from "../../../protocol/exact-math.ts";
import type { FormReader } from "../form.ts";
import { gammaCdf, lnGamma } from "./gamma-function.ts";
import { constantMarginal, finiteMarginal, type Marginal } from "./marginal.ts";

/** Shape k = 1 / cv^2, scale = mean cv^2. */
export function readGamma(reader: FormReader): Marginal {
  const mean = reader.duration("mean", 0);
  const cv = reader.number("cv", 1, { least: 0.01, most: 10 });
  return gamma(mean, 1 / (cv * cv));
}

/** The sum of `stages` exponential delays, which together have this mean. */
export function readErlang(reader: FormReader): Marginal {
  const mean = reader.duration("mean", 0);
  return gamma(mean, reader.count("stages", 1, { least: 1, most: 10_000 }));
}

function gamma(mean: number, shape: number): Marginal {
  if (mean === 0) return constantMarginal(0);
  const scale = mean / shape;
  const lnGammaShape = lnGamma(shape);
  return finiteMarginal(
    (u) => scale * standardQuantile(shape, lnGammaShape, u),
    (t) => gammaCdf(shape, t / scale, lnGammaShape),
    () => mean,
  );
}

function standardQuantile(shape: number, lnGammaShape: number, u: number): number {
  let low = 0;
  let high = Number.POSITIVE_INFINITY;
  let x = firstGuess(shape, lnGammaShape, u);
  for (let step = 0; step < 100; step++) {
    const missing = gammaCdf(shape, x, lnGammaShape) - u;
    if (missing > 0) high = x;
    else low = x;
    const density = exp((shape - 1) * ln(x) - x - lnGammaShape);
    const newton = x - missing / density;
    const next = newton > low && newton < high ? newton : high === Number.POSITIVE_INFINITY ? 2 * x : (low + high) / 2;
    // Newton's error is squared at each step: after one this small nothing is left to gain.
    if (Math.abs(next - x) <= 1e-7 * x) return next;
    x = next;
  }
  return x;
}

/** Wilson and Hilferty's cube of a normal; near zero, the first term of the series. */
function firstGuess(shape: number, lnGammaShape: number, u: number): number {
  const cube = 1 - 1 / (9 * shape) + normalQuantile(u) / (3 * Math.sqrt(shape));
  const guess = shape * cube * cube * cube;
  if (cube > 0.3 && guess > 0.1 * shape) return guess;
  return Math.max(1e-290, exp((ln(u) + ln(shape) + lnGammaShape) / shape));
}
