/** The few textbook distributions that intervals need: normal and Student's t. */

/** Share of a normal distribution below `z`; absolute error below 1.5e-7 (Abramowitz and Stegun 7.1.26). */
export function normalShare(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const above = (series * Math.exp(-x * x)) / 2;
  return z < 0 ? above : 1 - above;
}

/** The 97.5 % point of the standard normal distribution: half the width of a 95 % interval in standard errors. */
export const Z95 = 1.959963984540054;

/**
 * The 97.5 % point of Student's t with `freedom` degrees (1 or more), by the Cornish-Fisher series; within 0.2 % from 3 degrees on,
 * and by table below.
 */
export function studentT95(freedom: number): number {
  if (freedom < 2) return 12.7062;
  if (freedom < 3) return 4.30265;
  const z = Z95;
  const g1 = (z ** 3 + z) / 4;
  const g2 = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  const g3 = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384;
  const g4 = (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / 92160;
  return z + g1 / freedom + g2 / freedom ** 2 + g3 / freedom ** 3 + g4 / freedom ** 4;
}

/** Two-sided p-value of Student's t: the chance of a value at least as far from 0. For large |t| accurate in its order only. */
export function studentTwoSided(t: number, freedom: number): number {
  // Incomplete beta by Lentz's continued fraction: I_x(freedom/2, 1/2) with x = freedom / (freedom + t^2).
  const x = freedom / (freedom + t * t);
  return incompleteBeta(x, freedom / 2, 0.5);
}

function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  if (x > (a + 1) / (a + b + 2)) return 1 - (front * betaFraction(1 - x, b, a)) / b;
  return (front * betaFraction(x, a, b)) / a;
}

function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  let c = 1;
  let d = 1 / Math.max(tiny, 1 - ((a + b) * x) / (a + 1));
  let value = d;
  for (let m = 1; m <= 200; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / (1 + even * d);
    c = 1 + even / c;
    value *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / (1 + odd * d);
    c = 1 + odd / c;
    value *= d * c;
    if (Math.abs(d * c - 1) < 1e-12) break;
  }
  return value;
}

/** Stirling's series after moving the argument up to 8; relative error below 1e-10. */
function logGamma(value: number): number {
  let x = value;
  let shift = 0;
  while (x < 8) {
    shift += Math.log(x);
    x += 1;
  }
  return (x - 0.5) * Math.log(x) - x + Math.log(2 * Math.PI) / 2 + 1 / (12 * x) - 1 / (360 * x ** 3) - shift;
}
