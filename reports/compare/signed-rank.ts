/**
 * Paired differences: Wilcoxon's signed-rank test, and the median of their pairwise means (Hodges and Lehmann) with its interval.
 * Both ask only that the difference is symmetric about its median when nothing has changed, which swapping the sides of a pair
 * makes true; neither assumes a bell.
 */
import { normalCdf } from "../../protocol/exact-math.ts";
import { doubledRanks, HALVES, signCounts, tails } from "./rank-sums.ts";

/** Up to so many differences every choice of signs is counted; beyond, the normal approximation is as good. */
const EXACT_MOST = 50;

export interface SignedRank {
  /** Differences that are not zero; the others say nothing about the direction. */
  readonly n: number;
  /** Sum of the ranks of the positive differences. */
  readonly positive: number;
  /** Chance of ranks at least so positive when nothing has changed. */
  readonly pGreater: number;
  /** Chance of ranks at least so negative. */
  readonly pLess: number;
  readonly pTwoSided: number;
}

/** The signed-rank test of these differences; ties share their mean rank, and the chance is exact given the ties. */
export function signedRank(differences: readonly number[]): SignedRank {
  const kept = differences.filter((difference) => difference !== 0);
  const ranks = doubledRanks(kept.map(Math.abs));
  const positive = ranks.reduce((sum, rank, index) => ((kept[index] as number) > 0 ? sum + rank : sum), 0);
  const { atLeast, atMost } =
    kept.length <= EXACT_MOST ? tails(signCounts(ranks), positive) : normalTails(ranks, positive);
  const pTwoSided = Math.min(1, 2 * Math.min(atLeast, atMost));
  return { n: kept.length, positive: positive / HALVES, pGreater: atLeast, pLess: atMost, pTwoSided };
}

/** With a correction for the sums being whole (doubled: even) numbers. */
function normalTails(ranks: readonly number[], positive: number): { atLeast: number; atMost: number } {
  const mean = ranks.reduce((sum, rank) => sum + rank, 0) / 2;
  const sd = Math.sqrt(ranks.reduce((sum, rank) => sum + rank ** 2, 0) / 4);
  const half = HALVES / 2;
  return { atLeast: 1 - normalCdf((positive - mean - half) / sd), atMost: normalCdf((positive - mean + half) / sd) };
}

/** Smallest one-sided p that `pairs` pairs can come to: all differences in one direction. */
export function smallestSignedRankP(pairs: number): number {
  return 2 ** -pairs;
}

export interface Interval {
  readonly low: number;
  readonly high: number;
  /** The real confidence: few samples have few intervals to choose from. */
  readonly confidence: number;
}

export interface Estimate {
  readonly value: number;
  /** Undefined when no interval of at least 90 % can be had: fewer than five pairs. */
  readonly interval: Interval | undefined;
}

const CONFIDENCE = 0.95;
/** What five pairs can give is 93.75 %: the nearest that there is, and said as such. */
const LEAST_CONFIDENCE = 0.9;

/**
 * Median of the means of all pairs of values (each also with itself), and the interval the signed-rank test would not reject, at
 * 95 % or, where that cannot be had, at the most that can. Undefined without values.
 */
export function centre(values: readonly number[]): Estimate | undefined {
  if (values.length === 0) return undefined;
  const means = pairwiseMeans(values);
  const interval = intervalOf(means, signCounts(ranksTo(values.length)), 2 ** values.length);
  return { value: medianOfSorted(means), interval };
}

/** The means of all pairs of values, each also with itself, ascending. */
function pairwiseMeans(values: readonly number[]): number[] {
  const means: number[] = [];
  for (const [i, first] of values.entries()) {
    for (const second of values.slice(i)) means.push((first + second) / 2);
  }
  return means.sort((a, b) => a - b);
}

/**
 * What has to be added to all of these values for the one-sided test to find them above zero at level `alpha`, and for their centre
 * to lie above `floor`. Undefined when so few values can never be found.
 */
export function liftToFind(
  values: readonly number[],
  { alpha, floor }: { alpha: number; floor: number },
): number | undefined {
  const counts = signCounts(ranksTo(values.length));
  const all = 2 ** values.length;
  let allowed = -1;
  for (let below = counts[0] as number; below / all <= alpha; below += counts[allowed * HALVES + HALVES] as number)
    allowed++;
  if (allowed < 0) return undefined;
  // As many pairwise means may stay at or below zero.
  const means = pairwiseMeans(values);
  return Math.max(-(means[allowed] as number), floor - medianOfSorted(means));
}

/**
 * The interval between the k-th smallest and the k-th largest of sorted estimates: k as large as the tail of the test's
 * distribution (counts by doubled sum, `all` of them) allows.
 */
export function intervalOf(sorted: readonly number[], counts: Float64Array, all: number): Interval | undefined {
  let k = 0;
  let tail = 0;
  for (let below = (counts[0] as number) / all; k < sorted.length / 2 && below <= (1 - CONFIDENCE) / 2; k++) {
    tail = below;
    below += (counts[(k + 1) * HALVES] as number) / all;
  }
  if (k === 0) {
    k = 1;
    tail = (counts[0] as number) / all;
  }
  const confidence = 1 - 2 * tail;
  if (confidence < LEAST_CONFIDENCE) return undefined;
  return { low: sorted[k - 1] as number, high: sorted[sorted.length - k] as number, confidence };
}

export function medianOfSorted(sorted: readonly number[]): number {
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] as number) + (sorted[Math.ceil(middle)] as number)) / 2;
}

function ranksTo(n: number): number[] {
  return Array.from({ length: n }, (_, index) => HALVES * (index + 1));
}
