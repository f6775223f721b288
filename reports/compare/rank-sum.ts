/** Two independent sets of runs: Mann and Whitney's rank-sum test, and the median of all differences with its interval. */
import { normalCdf } from "../../protocol/exact-math.ts";
import { choiceCounts, doubledRanks, HALVES, tails } from "./rank-sums.ts";
import { type Estimate, intervalOf, medianOfSorted } from "./signed-rank.ts";

/** Up to so many values of both sides every choice is counted. */
const EXACT_MOST = 40;

export interface RankSum {
  /** Pairs (one of each side) in which B is greater; ties count half. */
  readonly greater: number;
  /** Chance of B at least so much greater than A when both come from one distribution. */
  readonly pGreater: number;
  readonly pLess: number;
  readonly pTwoSided: number;
}

/** The rank-sum test of B against A; exact given the ties. Both sides need at least one value. */
export function rankSum(a: readonly number[], b: readonly number[]): RankSum {
  const ranks = doubledRanks([...a, ...b]);
  const sum = ranks.slice(a.length).reduce((total, rank) => total + rank, 0);
  const { atLeast, atMost } =
    ranks.length <= EXACT_MOST ? tails(choiceCounts(ranks, b.length), sum) : normalTails(ranks, b.length, sum);
  const greater = sum / HALVES - (b.length * (b.length + 1)) / 2;
  return { greater, pGreater: atLeast, pLess: atMost, pTwoSided: Math.min(1, 2 * Math.min(atLeast, atMost)) };
}

/** Sampling without replacement from the ranks as they are, ties and all. */
function normalTails(ranks: readonly number[], size: number, sum: number): { atLeast: number; atMost: number } {
  const n = ranks.length;
  const mean = ranks.reduce((total, rank) => total + rank, 0) / n;
  const variance = ranks.reduce((total, rank) => total + (rank - mean) ** 2, 0) / (n - 1);
  const sd = Math.sqrt(size * variance * (1 - size / n));
  const half = HALVES / 2;
  const z = (sum - size * mean) / sd;
  return { atLeast: 1 - normalCdf(z - half / sd), atMost: normalCdf(z + half / sd) };
}

/** Smallest one-sided p that sets of these sizes can come to: 1 over the number of ways to tell them apart. */
export function smallestRankSumP(a: number, b: number): number {
  let ways = 1;
  for (let i = 1; i <= b; i++) ways = (ways * (a + i)) / i;
  return 1 / ways;
}

/** Median of all differences B - A, and the interval the rank-sum test would not reject. Undefined when a side is empty. */
export function shift(a: readonly number[], b: readonly number[]): Estimate | undefined {
  if (a.length === 0 || b.length === 0) return undefined;
  const differences = a.flatMap((from) => b.map((to) => to - from)).sort((x, y) => x - y);
  const ranks = Array.from({ length: a.length + b.length }, (_, index) => HALVES * (index + 1));
  // The distribution of the sum begins at that of the smallest ranks.
  const least = b.length * (b.length + 1);
  const counts = choiceCounts(ranks, b.length).slice(least);
  const all = counts.reduce((total, count) => total + count, 0);
  return { value: medianOfSorted(differences), interval: intervalOf(differences, counts, all) };
}
