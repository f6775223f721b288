/** Ranks between which a quantile lies with 95 % confidence, when samples are independent of each other. */
import { Z95 } from "./normal.ts";

/** Ranks counted from 1. */
interface Ranks {
  readonly low: number | undefined;
  readonly high: number | undefined;
}

/** Above this a normal distribution stands in for the binomial one: it is then off by less than a rank. */
const EXACT_UP_TO = 2_000;
const TAIL = 0.025;

/**
 * Ranks of the two-sided 95 % interval of quantile `p` among `n` samples, by the binomial distribution of how many lie below it.
 * `high` is undefined when no sample bounds it from above, `low` when none does from below.
 */
export function rankInterval(n: number, p: number): Ranks {
  const low = lowRank(n, p);
  const fromAbove = lowRank(n, 1 - p);
  return { low, high: fromAbove === undefined ? undefined : n + 1 - fromAbove };
}

/** The largest rank r with P(fewer than r samples lie below the quantile) <= 2.5 %: r counts from 1. */
function lowRank(n: number, p: number): number | undefined {
  const spread = Math.sqrt(n * p * (1 - p));
  if (n > EXACT_UP_TO && spread > 10) return Math.max(1, Math.floor(n * p - Z95 * spread));
  let chance = 0;
  let log = n * Math.log1p(-p);
  const odds = Math.log(p) - Math.log1p(-p);
  for (let k = 0; k <= n; k += 1) {
    chance += Math.exp(log);
    if (chance > TAIL) return k === 0 ? undefined : k;
    log += Math.log(n - k) - Math.log(k + 1) + odds;
  }
  return undefined;
}
