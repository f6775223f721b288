/** The gamma function and its incomplete integral, by exact arithmetic. Formulas: Abramowitz and Stegun 6.1.40, 6.5.29, 6.5.31. */
import { exp, ln } from "../../../protocol/exact-math.ts";

const HALF_LN_2PI = 0.9189385332046728;
const PRECISION = 1e-16;
const TERMS = 100_000;

/** ln of the gamma function of x > 0: Stirling's series from 10 upwards, the recurrence below. */
export function lnGamma(x: number): number {
  let shifted = x;
  let product = 1;
  for (; shifted < 10; shifted++) product *= shifted;
  const r = 1 / (shifted * shifted);
  const series =
    (1 / 12 - r * (1 / 360 - r * (1 / 1260 - r * (1 / 1680 - r * (1 / 1188 - (r * 691) / 360_360))))) / shifted;
  return (shifted - 0.5) * ln(shifted) - shifted + HALF_LN_2PI + series - ln(product);
}

export function gammaFunction(x: number): number {
  return exp(lnGamma(x));
}

/** P(k, x): distribution function at x of the gamma distribution of shape k and scale 1; `lnGammaK` is lnGamma(k). */
export function gammaCdf(k: number, x: number, lnGammaK: number): number {
  if (x <= 0) return 0;
  const front = exp(k * ln(x) - x - lnGammaK);
  return x < k + 1 ? front * series(k, x) : 1 - front * continuedFraction(k, x);
}

function series(k: number, x: number): number {
  let term = 1 / k;
  let sum = term;
  for (let n = 1; n < TERMS && term > sum * PRECISION; n++) {
    term *= x / (k + n);
    sum += term;
  }
  return sum;
}

/** Lentz's evaluation of the continued fraction. */
function continuedFraction(k: number, x: number): number {
  let b = x + 1 - k;
  let c = 1e300;
  let d = 1 / b;
  let value = d;
  for (let n = 1; n < TERMS; n++) {
    const a = -n * (n - k);
    b += 2;
    d = 1 / (a * d + b);
    c = b + a / c;
    const step = c * d;
    value *= step;
    if (Math.abs(step - 1) < 4 * PRECISION) break;
  }
  return value;
}
