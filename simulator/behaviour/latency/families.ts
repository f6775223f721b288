/** The plain families: constant, uniform, exponential, lognormal, Weibull, normal and what netem calls paretonormal. */
import { exp, ln, normalCdf, normalQuantile, pow } from "../../../protocol/exact-math.ts";
import type { FormReader } from "../form.ts";
import { gammaFunction } from "./gamma-function.ts";
import { constantMarginal, finiteMarginal, invert, type Marginal, uniformMarginal } from "./marginal.ts";

const Z99 = normalQuantile(0.99);
const LN2 = ln(2);
const SHAPE = { least: 0, most: 1000, open: true } as const;

export function readConstant(reader: FormReader): Marginal {
  return constantMarginal(reader.duration("delay", 0));
}

export function readUniform(reader: FormReader): Marginal {
  const low = reader.duration("low", 0);
  const high = reader.duration("high", 1);
  if (high < low) reader.refuse("high must not be below low");
  return uniformMarginal(low, Math.max(low, high));
}

/** Q(u) = offset - mean ln(1 - u); `mean` is that of the part above the offset. */
export function readExponential(reader: FormReader): Marginal {
  const mean = reader.duration("mean", 0);
  const offset = reader.duration("offset", 1, 0);
  if (reader.has("mean", 0) && mean === 0 && reader.problems.length === 0) reader.refuse("mean must be above 0ms");
  return finiteMarginal(
    (u) => offset - mean * ln(1 - u),
    (t) => (t <= offset ? 0 : 1 - exp(-(t - offset) / mean)),
    () => offset + mean,
  );
}

/**
 * Q(u) = floor + exp(mu + sigma z(u)), mu = ln p50. The author gives what can be read off a monitor: the median with p99
 * (sigma = ln(p99 / p50) / z(0.99)), with the mean (sigma = sqrt(2 ln(mean / p50))), or with sigma itself.
 */
export function readLognormal(reader: FormReader): Marginal {
  const floor = reader.duration("floor", 2, 0);
  const median = reader.has("median") ? reader.duration("median", -1) : reader.duration("p50", 0);
  const p50 = median - floor;
  if (reader.has("sigma")) {
    const sigma = reader.number("sigma", -1, { least: 0, most: 100 });
    if (p50 <= 0) reader.refuse("needs floor < p50");
    return lognormal(p50, sigma, floor);
  }
  const second = reader.has("mean") ? "mean" : "p99";
  const upper = reader.duration(second, second === "mean" ? -1 : 1) - floor;
  if (reader.problems.length > 0) return constantMarginal(0);
  if (p50 <= 0 || upper < p50) {
    reader.refuse(`needs ${floor === 0 ? "0" : "floor"} < p50 <= ${second}`);
    return constantMarginal(0);
  }
  const sigma = second === "mean" ? Math.sqrt(2 * ln(upper / p50)) : ln(upper / p50) / Z99;
  return lognormal(p50, sigma, floor);
}

function lognormal(p50: number, sigma: number, floor: number): Marginal {
  if (p50 <= 0 || sigma === 0) return constantMarginal(floor + Math.max(0, p50));
  const mu = ln(p50);
  return finiteMarginal(
    (u) => floor + exp(mu + sigma * normalQuantile(u)),
    (t) => (t <= floor ? 0 : normalCdf((ln(t - floor) - mu) / sigma)),
    () => floor + exp(mu + (sigma * sigma) / 2),
  );
}

/** Q(u) = scale (-ln(1 - u))^(1/k); from p50 and p99, k = ln(ln 100 / ln 2) / ln(p99 / p50), scale = p50 / (ln 2)^(1/k). */
export function readWeibull(reader: FormReader): Marginal {
  const p50 = reader.duration("p50", 0);
  let k: number;
  if (reader.has("k")) {
    k = reader.number("k", -1, SHAPE);
  } else {
    const p99 = reader.duration("p99", 1);
    if (reader.problems.length === 0 && !(p50 > 0 && p99 > p50)) reader.refuse("needs 0 < p50 < p99");
    k = reader.problems.length > 0 ? 1 : ln(ln(100) / LN2) / ln(p99 / p50);
  }
  if (reader.problems.length === 0 && p50 <= 0) reader.refuse("needs 0 < p50");
  const scale = p50 / pow(LN2, 1 / k);
  return finiteMarginal(
    (u) => scale * pow(-ln(1 - u), 1 / k),
    (t) => (t <= 0 ? 0 : 1 - exp(-pow(t / scale, k))),
    () => scale * gammaFunction(1 + 1 / k),
  );
}

/** Q(u) = max(0, mean + sd z(u)): what would lie below zero is zero. */
export function readNormal(reader: FormReader): Marginal {
  const mean = reader.duration("mean", 0);
  const sd = reader.duration("sd", 1);
  if (sd === 0) return constantMarginal(mean);
  const z = mean / sd;
  // E max(0, X) = mean Phi(z) + sd phi(z)
  const density = exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  return finiteMarginal(
    (u) => Math.max(0, mean + sd * normalQuantile(u)),
    (t) => (t < 0 ? 0 : normalCdf((t - mean) / sd)),
    () => mean * normalCdf(z) + sd * density,
  );
}

/** netem's table: a quarter of a normal and three quarters of a Pareto of shape 3, both of mean 0, added rank by rank. */
export function readParetonormal(reader: FormReader): Marginal {
  const mean = reader.duration("mean", 0);
  const sd = reader.duration("sd", 1);
  if (sd === 0) return constantMarginal(mean);
  const quantile = (u: number): number =>
    Math.max(0, mean + sd * (0.25 * normalQuantile(u) + 0.75 * (4 / 3) * (pow(1 - u, -1 / 3) - 1.5)));
  // The rank of a delay is looked for in the quantiles: their inverse has no formula.
  return finiteMarginal(quantile, (t) => (t < quantile(2 ** -50) ? 0 : invert(quantile, t, 2 ** -50, 1 - 2 ** -50)));
}
