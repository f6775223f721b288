/** The exact interval of a share that was counted (Clopper and Pearson). */

const STEPS = 60;

/** Smallest and largest share that `count` out of `n` leaves possible, with half of the error on either side. */
export function shareInterval(count: number, n: number, confidence = 0.99): { low: number; high: number } {
  const tail = (1 - confidence) / 2;
  // P(X >= count) rises with the share, P(X <= count) falls.
  const low = count === 0 ? 0 : bisect((p) => atMost(n - count, n, 1 - p) > tail);
  const high = count === n ? 1 : bisect((p) => atMost(count, n, p) <= tail);
  return { low, high };
}

/** The least share for which a condition that stays true has become true. */
function bisect(holds: (p: number) => boolean): number {
  let [low, high] = [0, 1];
  for (let step = 0; step < STEPS; step++) {
    const middle = (low + high) / 2;
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** P(X <= k) of a binomial count; summed from its largest terms on, in logarithms. */
function atMost(k: number, n: number, p: number): number {
  const mode = Math.floor((n + 1) * p);
  if (k > mode) return 1 - atMost(n - k - 1, n, 1 - p);
  let term = Math.exp(logChoose(n, k) + k * Math.log(p) + (n - k) * Math.log1p(-p));
  let sum = 0;
  for (let i = k; i >= 0 && term > sum * 1e-17; i--) {
    sum += term;
    term *= (i / (n - i + 1)) * ((1 - p) / p);
  }
  return sum;
}

function logChoose(n: number, k: number): number {
  return logFactorial(n) - logFactorial(k) - logFactorial(n - k);
}

/** Stirling's series, after the exact product of a small number. */
function logFactorial(n: number): number {
  if (n < 20) {
    let product = 1;
    for (let i = 2; i <= n; i++) product *= i;
    return Math.log(product);
  }
  return (n + 0.5) * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI) + 1 / (12 * n) - 1 / (360 * n ** 3);
}
