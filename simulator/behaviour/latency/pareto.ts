/** The heavy tails: Pareto (type I) and Lomax. They need different fits to the same two percentiles, and a cap where the variance is infinite. */
import { ln, pow } from "../../../protocol/exact-math.ts";
import type { FormReader } from "../form.ts";
import { constantMarginal, finiteMarginal, type Marginal } from "./marginal.ts";

const ALPHA = { least: 0.01, most: 1000 } as const;

/** Below this ratio of p99 to p50 no Lomax distribution has both: its lightest tail is the exponential's, ln 100 / ln 2. */
const LIGHTEST_LOMAX = ln(100) / ln(2);

/** Q(u) = xm (1 - u)^(-1/alpha); from p50 and p99, alpha = ln 50 / ln(p99 / p50) and xm = p50 / 2^(1/alpha). */
export function readPareto(reader: FormReader): Marginal {
  if (reader.has("xm")) {
    const xm = reader.duration("xm", -1);
    const alpha = reader.number("alpha", -1, ALPHA);
    if (reader.problems.length === 0 && xm <= 0) reader.refuse("needs 0 < xm");
    return pareto(reader, xm, alpha);
  }
  const { p50, p99 } = readPercentiles(reader);
  const alpha = p99 === undefined ? reader.number("alpha", -1, ALPHA) : ln(50) / ln(p99 / p50);
  return pareto(reader, p50 / pow(2, 1 / alpha), alpha);
}

function pareto(reader: FormReader, xm: number, alpha: number): Marginal {
  if (reader.problems.length > 0) return constantMarginal(0);
  requireCap(reader, alpha);
  return finiteMarginal(
    (u) => xm * pow(1 - u, -1 / alpha),
    (t) => (t <= xm ? 0 : 1 - pow(xm / t, alpha)),
    () => (alpha > 1 ? (alpha * xm) / (alpha - 1) : Number.POSITIVE_INFINITY),
  );
}

/**
 * Q(u) = lambda ((1 - u)^(-1/alpha) - 1); from p50 and p99, alpha solves (100^(1/alpha) - 1) / (2^(1/alpha) - 1) = p99 / p50 and
 * lambda = p50 / (2^(1/alpha) - 1).
 */
export function readLomax(reader: FormReader): Marginal {
  if (reader.has("lambda")) {
    const lambda = reader.duration("lambda", -1);
    const alpha = reader.number("alpha", -1, ALPHA);
    if (reader.problems.length === 0 && lambda <= 0) reader.refuse("needs 0 < lambda");
    return lomax(reader, lambda, alpha);
  }
  const { p50, p99 } = readPercentiles(reader);
  if (p99 !== undefined && reader.problems.length === 0 && p99 / p50 <= LIGHTEST_LOMAX) {
    reader.refuse("needs p99 above 6.644 times p50; nearer together, use exponential or weibull");
    return constantMarginal(0);
  }
  const alpha = p99 === undefined ? reader.number("alpha", -1, ALPHA) : solveLomax(p99 / p50);
  return lomax(reader, p50 / (pow(2, 1 / alpha) - 1), alpha);
}

function lomax(reader: FormReader, lambda: number, alpha: number): Marginal {
  if (reader.problems.length > 0) return constantMarginal(0);
  requireCap(reader, alpha);
  return finiteMarginal(
    (u) => lambda * (pow(1 - u, -1 / alpha) - 1),
    (t) => (t <= 0 ? 0 : 1 - pow(1 + t / lambda, -alpha)),
    () => (alpha > 1 ? lambda / (alpha - 1) : Number.POSITIVE_INFINITY),
  );
}

/** The ratio of percentiles falls as alpha grows, so bisection finds the one alpha. */
function solveLomax(ratio: number): number {
  let low: number = ALPHA.least;
  let high = 1e6;
  for (let step = 0; step < 200; step++) {
    const middle = Math.sqrt(low * high);
    const own = (pow(100, 1 / middle) - 1) / (pow(2, 1 / middle) - 1);
    if (own > ratio) low = middle;
    else high = middle;
  }
  return high;
}

/** p50 with p99, or p50 alone when alpha is given. */
function readPercentiles(reader: FormReader): { p50: number; p99: number | undefined } {
  const p50 = reader.duration("p50", 0);
  if (reader.has("alpha")) {
    if (reader.problems.length === 0 && p50 <= 0) reader.refuse("needs 0 < p50");
    return { p50, p99: undefined };
  }
  const p99 = reader.duration("p99", 1);
  const ordered = p50 > 0 && p99 > p50;
  if (reader.problems.length === 0 && !ordered) reader.refuse("needs 0 < p50 < p99");
  return ordered ? { p50, p99 } : { p50: 1, p99: 10 };
}

function requireCap(reader: FormReader, alpha: number): void {
  if (alpha > 2 || reader.has("cap")) return;
  const what = alpha > 1 ? "variance" : "mean";
  reader.refuse(`its ${what} is infinite (alpha = ${round(alpha)}), so it needs a cap, such as cap=10s, beyond=clamp`);
}

const round = (value: number): number => Math.round(value * 10_000) / 10_000;
