/** Ranks with ties, and the exact chance of every rank sum when only the signs or the sides of the samples are left to chance. */

/** Ranks are counted in halves, so that the mean rank of tied values stays a whole number. */
export const HALVES = 2;

/** Twice the rank of each value, ascending from 2; tied values share their mean rank. */
export function doubledRanks(values: readonly number[]): number[] {
  const order = values.map((_, index) => index).sort((a, b) => (values[a] as number) - (values[b] as number));
  const ranks = new Array<number>(values.length).fill(0);
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && values[order[to] as number] === values[order[from] as number]) to++;
    for (let place = from; place < to; place++) ranks[order[place] as number] = from + 1 + to;
    from = to;
  }
  return ranks;
}

/** In how many of the 2^n choices of signs the positive ranks add up to each sum; index: the sum of doubled ranks. */
export function signCounts(ranks: readonly number[]): Float64Array {
  const total = ranks.reduce((sum, rank) => sum + rank, 0);
  const counts = new Float64Array(total + 1);
  counts[0] = 1;
  let reached = 0;
  for (const rank of ranks) {
    reached += rank;
    for (let sum = reached; sum >= rank; sum--) counts[sum] = (counts[sum] as number) + (counts[sum - rank] as number);
  }
  return counts;
}

/** In how many of the choices of `size` out of the ranks they add up to each sum; index: the sum of doubled ranks. */
export function choiceCounts(ranks: readonly number[], size: number): Float64Array {
  const total = ranks.reduce((sum, rank) => sum + rank, 0);
  const bySize = Array.from({ length: size + 1 }, () => new Float64Array(total + 1));
  (bySize[0] as Float64Array)[0] = 1;
  for (const rank of ranks) {
    for (let chosen = size; chosen >= 1; chosen--) {
      const into = bySize[chosen] as Float64Array;
      const from = bySize[chosen - 1] as Float64Array;
      for (let sum = total; sum >= rank; sum--) into[sum] = (into[sum] as number) + (from[sum - rank] as number);
    }
  }
  return bySize[size] as Float64Array;
}

/** Share of the counts at or above, and at or below, a sum. */
export function tails(counts: Float64Array, sum: number): { readonly atLeast: number; readonly atMost: number } {
  let above = 0;
  let below = 0;
  let all = 0;
  for (const [at, count] of counts.entries()) {
    all += count;
    if (at >= sum) above += count;
    if (at <= sum) below += count;
  }
  return { atLeast: above / all, atMost: below / all };
}
