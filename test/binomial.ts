/** Exact binomial intervals, so that a share drawn by chance is judged by its own distribution and by no rule of thumb. */

/**
 * Smallest and largest count out of `n` that a share of `p` gives, with at most half of the error on either side: a true share
 * falls outside with a chance of at most 1 - confidence.
 */
export function binomialInterval(n: number, p: number, confidence = 0.999): { low: number; high: number } {
  const tail = (1 - confidence) / 2;
  return { low: lowerBound(n, p, tail), high: n - lowerBound(n, 1 - p, tail) };
}

/** The smallest count k with P(X <= k) > tail: everything below it is rarer than the tail. */
function lowerBound(n: number, p: number, tail: number): number {
  // Logarithms: (1-p)^n itself is 0 in a double for a large n.
  let logChance = n * Math.log1p(-p);
  const odds = Math.log(p) - Math.log1p(-p);
  let sum = 0;
  for (let k = 0; k <= n; k++) {
    sum += Math.exp(logChance);
    if (sum > tail) return k;
    logChance += Math.log(n - k) - Math.log(k + 1) + odds;
  }
  return n;
}
