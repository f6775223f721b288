/** When a percentile may be shown at all: the display rule for small samples. */

/** Half of what a two-sided 95 % interval leaves outside. */
const TAIL = 0.025;

/**
 * Fewest samples for which the two-sided 95 % rank interval of quantile `p` (a share, 0 <= p < 1) has an upper bound:
 * ceil(ln 0.025 / ln p), so 6 for the median, 72 for p95, 368 for p99, 3 688 for p99.9. Below it the largest sample and the
 * percentile cannot be told apart, and showing one would be a guess.
 */
export function samplesNeeded(p: number): number {
  if (p <= 0) return 1;
  if (p >= 1) return Number.POSITIVE_INFINITY;
  // The lower bound is the harder one for quantiles below the median; by symmetry it needs what 1 - p needs above.
  return Math.ceil(Math.log(TAIL) / Math.log(Math.max(p, 1 - p)));
}

/** True when `n` samples can carry quantile `p`. */
export function supportsQuantile(n: number, p: number): boolean {
  return n >= samplesNeeded(p);
}

/** Rank of the sample that is quantile `p` of `n`: ceil(p * n), at least 1. The product may be one bit above a whole number (0.07 * 100). */
export function rankOf(p: number, n: number): number {
  return Math.max(1, Math.ceil(p * n - n * Number.EPSILON));
}
