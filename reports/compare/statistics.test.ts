import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countedShare, holm } from "./multiple.ts";
import { rankSum, shift, smallestRankSumP } from "./rank-sum.ts";
import { choiceCounts, HALVES, signCounts, tails } from "./rank-sums.ts";
import { centre, liftToFind, signedRank, smallestSignedRankP } from "./signed-rank.ts";

const upTo = (n: number): number[] => Array.from({ length: n }, (_, index) => index + 1);
const values = (minLength: number, maxLength: number) =>
  fc.array(fc.integer({ min: -20, max: 20 }), { minLength, maxLength });

/** P(W+ >= w) by trying every choice of signs on the ranks that are given. */
function bySigns(ranks: readonly number[], w: number): number {
  let atLeast = 0;
  for (let signs = 0; signs < 2 ** ranks.length; signs++) {
    const sum = ranks.reduce((total, rank, i) => (((signs >> i) & 1) === 1 ? total + rank : total), 0);
    if (sum >= w) atLeast++;
  }
  return atLeast / 2 ** ranks.length;
}

/** Mean rank of each value among all: one more than those below, and half of its equals. */
function ranksOf(all: readonly number[]): number[] {
  return all.map((x) => all.filter((y) => y < x).length + (all.filter((y) => y === x).length + 1) / 2);
}

describe("signed-rank", () => {
  it.each([
    [5, 0.031],
    [6, 0.016],
    [7, 0.008],
    [10, 0.001],
  ])("of %i pairs in one direction comes to %f, and no lower", (pairs, p) => {
    const one = signedRank(upTo(pairs));
    expect(Number(one.pGreater.toFixed(3))).toBe(p);
    expect(one.pGreater).toBe(smallestSignedRankP(pairs));
    expect([one.pLess, one.pTwoSided, one.positive]).toEqual([1, 2 * one.pGreater, (pairs * (pairs + 1)) / 2]);
  });

  it("has the tabulated critical values of the exact distribution", () => {
    // One-sided 5 % and 2.5 %: W of at most 0 for 5 pairs, 10 (8) for 10, 60 (52) for 20.
    const at = (n: number, w: number): number => {
      let left = w;
      const signs = upTo(n)
        .reverse()
        .map((rank) => {
          if (rank > left) return -rank;
          left -= rank;
          return rank;
        });
      return signedRank(signs).pLess;
    };
    expect([at(5, 0), at(5, 1)].map((p) => p <= 0.05)).toEqual([true, false]);
    expect([at(10, 10), at(10, 11)].map((p) => p <= 0.05)).toEqual([true, false]);
    expect([at(10, 8), at(10, 9)].map((p) => p <= 0.025)).toEqual([true, false]);
    expect([at(20, 60), at(20, 61)].map((p) => p <= 0.05)).toEqual([true, false]);
    expect([at(20, 52), at(20, 53)].map((p) => p <= 0.025)).toEqual([true, false]);
  });

  it("counts every choice of signs, with ties and without zeros", () => {
    fc.assert(
      fc.property(values(1, 10), (differences) => {
        const kept = differences.filter((difference) => difference !== 0);
        const ranks = ranksOf(kept.map(Math.abs));
        const w = kept.reduce((sum, value, i) => (value > 0 ? sum + (ranks[i] as number) : sum), 0);
        const tested = signedRank(differences);
        expect([tested.n, tested.positive]).toEqual([kept.length, w]);
        expect(tested.pGreater).toBeCloseTo(bySigns(ranks, w), 12);
        expect(signedRank(differences.map((x) => -x)).pLess).toBeCloseTo(tested.pGreater, 12);
      }),
    );
  });

  it("goes over into the normal distribution where it stops counting", () => {
    const differences = upTo(51).map((rank) => (rank % 3 === 0 ? -rank : rank));
    const ranks = upTo(51).map((rank) => HALVES * rank);
    const positive = differences.reduce((sum, value) => (value > 0 ? sum + HALVES * value : sum), 0);
    const exact = tails(signCounts(ranks), positive).atLeast;
    const approximate = signedRank(differences).pGreater;
    expect(Math.abs(approximate - exact)).toBeLessThan(0.001);
    expect(approximate / exact).toBeCloseTo(1, 0);
    expect(signedRank(upTo(60).map((rank) => (rank % 2 === 0 ? rank : -rank))).pTwoSided).toBeGreaterThan(0.5);
  });
});

describe("the centre of differences", () => {
  it("is the median of the pairwise means, between the ends that the test leaves", () => {
    expect(centre([1, 2, 6])?.value).toBe(2.75);
    expect(centre([3, 1, 2, 5, 4])).toEqual({ value: 3, interval: { low: 1, high: 5, confidence: 0.9375 } });
    expect(centre([1, 2, 3, 4])?.interval).toBeUndefined();
    expect(centre([])).toBeUndefined();
  });

  it("has an interval that holds exactly the shifts which the test does not reject", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: -1_000, max: 1_000 }), { minLength: 6, maxLength: 12 }),
        (sample) => {
          const { interval } = centre(sample) ?? {};
          if (interval === undefined) throw new Error("no interval");
          expect(interval.confidence).toBeGreaterThanOrEqual(0.95);
          const pAt = (at: number): number => signedRank(sample.map((x) => x - at)).pTwoSided;
          expect(pAt(interval.low - 0.01)).toBeLessThanOrEqual(0.05);
          expect(pAt(interval.low + 0.01)).toBeGreaterThan(0.05);
          expect(pAt(interval.high - 0.01)).toBeGreaterThan(0.05);
          expect(pAt(interval.high + 0.01)).toBeLessThanOrEqual(0.05);
        },
      ),
    );
  });

  it("and the test are reached by the least lift that is told", () => {
    const rule = { alpha: 0.05, floor: 3 };
    const isFound = (sample: readonly number[]): boolean =>
      signedRank(sample).pGreater <= rule.alpha && (centre(sample)?.value ?? 0) > rule.floor;
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: -99, max: 99 }), { minLength: 5, maxLength: 12 }), (sample) => {
        const lift = liftToFind(sample, rule) ?? 0;
        expect(isFound(sample.map((x) => x + lift + 0.01))).toBe(true);
        expect(isFound(sample.map((x) => x + lift - 0.01))).toBe(false);
      }),
    );
    expect(liftToFind([1, 2, 3, 4], rule)).toBeUndefined();
  });

  it("moves with the values", () => {
    fc.assert(
      fc.property(values(1, 12), fc.integer({ min: -9, max: 9 }), (sample, by) => {
        const moved = centre(sample.map((x) => x + by));
        expect(moved?.value).toBeCloseTo((centre(sample)?.value ?? 0) + by, 9);
      }),
    );
  });
});

describe("rank-sum", () => {
  it.each([
    [3, 0.05],
    [4, 0.014],
    [5, 0.004],
  ])("of %i against as many comes to %f, and no lower", (n, p) => {
    const { pGreater } = rankSum(
      upTo(n),
      upTo(n).map((x) => x + n),
    );
    expect(Number(pGreater.toFixed(3))).toBe(p);
    expect(pGreater).toBeCloseTo(smallestRankSumP(n, n), 12);
  });

  it("counts every way to choose one side, with ties", () => {
    fc.assert(
      fc.property(values(1, 5), values(1, 5), (a, b) => {
        const ranks = ranksOf([...a, ...b]);
        const sum = ranks.slice(a.length).reduce((total, rank) => total + rank, 0);
        let atLeast = 0;
        let all = 0;
        for (let chosen = 0; chosen < 2 ** ranks.length; chosen++) {
          const mine = ranks.filter((_, i) => ((chosen >> i) & 1) === 1);
          if (mine.length !== b.length) continue;
          all++;
          if (mine.reduce((total, rank) => total + rank, 0) >= sum) atLeast++;
        }
        expect(rankSum(a, b).pGreater).toBeCloseTo(atLeast / all, 12);
        expect(rankSum(a, b).pLess).toBeCloseTo(rankSum(b, a).pGreater, 12);
      }),
    );
  });

  it("goes over into the normal distribution where it stops counting", () => {
    const a = upTo(21).map((x) => 2 * x);
    const b = upTo(21).map((x) => 2 * x + 7);
    const ranks = [...a, ...b].map((x) => HALVES * [...a, ...b].filter((y) => y <= x).length);
    const sum = ranks.slice(21).reduce((total, rank) => total + rank, 0);
    const exact = tails(choiceCounts(ranks, 21), sum).atLeast;
    expect(Math.abs(rankSum(a, b).pGreater - exact)).toBeLessThan(0.002);
  });

  it("has the median of all differences as its shift, and its interval", () => {
    expect(shift([1, 2, 3], [11, 12, 13])?.value).toBe(10);
    expect(shift([1, 2], [3, 4])?.interval).toBeUndefined();
    const { interval } =
      shift(
        upTo(8),
        upTo(8).map((x) => x * 1.01 + 20),
      ) ?? {};
    expect(interval?.confidence).toBeGreaterThanOrEqual(0.95);
    expect(interval?.low).toBeLessThan(20.05);
    expect(interval?.high).toBeGreaterThan(20.05);
    expect(shift([], [1])).toBeUndefined();
  });
});

describe("Holm's correction and Wilson's interval", () => {
  it("corrects the smallest p for all questions, the next for the rest, and never swaps two", () => {
    expect(holm([0.01, 0.04, 0.03])).toEqual([0.03, 0.06, 0.06]);
    expect(holm([0.031])).toEqual([0.031]);
    expect(holm([0.5, 0.6])).toEqual([1, 1]);
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 8 }), (ps) => {
        const adjusted = holm(ps);
        for (const [i, p] of ps.entries()) {
          expect(adjusted[i]).toBeGreaterThanOrEqual(p);
          for (const [j, q] of ps.entries()) if (p < q) expect(adjusted[i]).toBeLessThanOrEqual(adjusted[j] as number);
        }
      }),
    );
  });

  it("gives the known interval of a share", () => {
    // Newcombe (1998), table I: 81 of 263 and 0 of 20.
    const some = countedShare(81, 263);
    expect([some.low, some.high].map((x) => Number(x.toFixed(4)))).toEqual([0.2553, 0.3662]);
    expect(countedShare(0, 20)).toMatchObject({ low: 0, high: expect.closeTo(0.1611, 4) });
    expect(countedShare(20, 20)).toMatchObject({ low: expect.closeTo(0.8389, 4), high: 1 });
    expect(countedShare(0, 0)).toMatchObject({ low: 0, high: 1 });
  });
});
