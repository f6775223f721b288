import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seedFrom } from "../../protocol/random.ts";
import { measureCoverage } from "./coverage-fixture.ts";
import { quantileInterval } from "./interval.ts";
import { studentT95, studentTwoSided } from "./normal.ts";
import { queueSeconds, secondOf, seededUniform } from "./queue-fixture.ts";
import { rankInterval } from "./rank-interval.ts";
import { mergeSeconds, quantileOfSecond, type SecondCounts } from "./second-counts.ts";

const SEED = seedFrom("42");

function noise(seconds: number, rate: number, seed = 1): SecondCounts[] {
  const random = seededUniform(seed);
  return Array.from({ length: seconds }, (_, second) =>
    secondOf(
      second,
      Array.from({ length: rate }, () => 20_000 - 5_000 * Math.log(random())),
    ),
  );
}

describe("rankInterval", () => {
  it.each([
    [100, 0.5, 0.4, 0.61],
    [1_000, 0.95, 0.936, 0.964],
    [1_000, 0.99, 0.983, 0.997],
    [10_000, 0.99, 0.988, 0.992],
    [100_000, 0.99, 0.98938, 0.99062],
    [5_000, 0.999, 0.998, 1],
    [1_000_000, 0.9999, 0.99988, 0.99992],
  ])("of %i samples at %f is the exact binomial one", (n, p, low, high) => {
    const ranks = rankInterval(n, p);
    expect((ranks.low ?? 0) / n).toBeCloseTo(low, 5);
    expect((ranks.high ?? 0) / n).toBeCloseTo(high, 4);
  });

  it("has no upper bound where no sample is one", () => {
    expect(rankInterval(300, 0.99).high).toBeUndefined();
    expect(rankInterval(367, 0.99).high).toBeUndefined();
    expect(rankInterval(368, 0.99).high).toBe(368);
    expect(rankInterval(300, 0.01).low).toBeUndefined();
  });
});

describe("Student's t", () => {
  it.each([
    [1, 12.706],
    [2, 4.303],
    [5, 2.571],
    [30, 2.042],
  ])("leaves 5 %% outside with %i degrees of freedom", (freedom, t) => {
    expect(studentT95(freedom) / t).toBeCloseTo(1, 2);
    expect(studentTwoSided(t, freedom)).toBeCloseTo(0.05, 3);
  });
});

describe("quantileInterval", () => {
  it("is by rank where samples are independent, and contains the percentile", () => {
    const seconds = noise(60, 200);
    const interval = quantileInterval(seconds, 0.99, SEED);
    expect(interval).toMatchObject({ kind: "interval", method: "rank", effectiveN: 12_000 });
    const value = quantileOfSecond(mergeSeconds(seconds), 0.99) as number;
    if (interval.kind === "interval") {
      expect(interval.lowUs).toBeLessThan(value);
      expect(interval.highUs).toBeGreaterThan(value);
    }
  });

  it("is by blocks of 10 s where samples queue behind one another, and wider than independent ones would be", () => {
    const seconds = queueSeconds({ rate: 200, load: 0.5, seconds: 120, seed: 3 });
    const interval = quantileInterval(seconds, 0.99, SEED);
    expect(interval).toMatchObject({ kind: "interval", method: "blocks", blockS: 10 });
    if (interval.kind !== "interval") return;
    const whole = mergeSeconds(seconds);
    const { low, high } = rankInterval(whole.n, 0.99);
    const naive =
      (quantileOfSecond(whole, (high as number) / whole.n) as number) -
      (quantileOfSecond(whole, (low as number) / whole.n) as number);
    expect(interval.highUs - interval.lowUs).toBeGreaterThan(1.5 * naive);
    expect(interval.effectiveN).toBeLessThan(whole.n / 2);
  });

  it("refuses, and says how many samples it takes", () => {
    expect(quantileInterval([], 0.5, SEED)).toMatchObject({ reason: "no samples" });
    expect(quantileInterval(noise(10, 30), 0.99, SEED)).toMatchObject({ reason: "too few samples", needed: 368 });
    expect(quantileInterval(noise(3, 1_000), 0.99, SEED)).toMatchObject({ reason: "too short", needed: 5_000 });
    const queue = quantileInterval(queueSeconds({ rate: 200, load: 0.9, seconds: 60, seed: 1 }), 0.99, SEED);
    expect(queue).toMatchObject({ kind: "refused", reason: "correlated" });
    expect(queue.kind === "refused" ? queue.needed : 0).toBeGreaterThan(12_000);
  });

  it("refuses a series that creeps up, however many samples it has", () => {
    const creeping = noise(60, 500).map((second, index) => ({
      ...second,
      valuesUs: second.valuesUs.map((value) => value + index * 2_000),
    }));
    expect(quantileInterval(creeping, 0.5, SEED)).toMatchObject({ kind: "refused", reason: "correlated" });
  });

  it("is the same again for the same seed, and all of one value when every sample is", () => {
    const seconds = queueSeconds({ rate: 200, load: 0.5, seconds: 120, seed: 5 });
    expect(quantileInterval(seconds, 0.99, SEED)).toEqual(quantileInterval(seconds, 0.99, SEED));
    const same = Array.from({ length: 20 }, (_, second) => secondOf(second, new Array(50).fill(1_000)));
    expect(quantileInterval(same, 0.99, SEED)).toMatchObject({ kind: "interval", lowUs: 1_000, highUs: 1_000 });
  });

  it("is ordered, and holds values that the series has, whatever the series", () => {
    const second = fc.array(fc.integer({ min: 1, max: 100_000 }), { maxLength: 60 });
    const p = fc.constantFrom(0.1, 0.5, 0.9, 0.95);
    fc.assert(
      fc.property(fc.array(second, { maxLength: 40 }), p, (values, share) => {
        const seconds = values.map((one, index) => secondOf(index, one));
        const interval = quantileInterval(seconds, share, SEED);
        if (interval.kind === "refused") return true;
        const known = new Set(seconds.flatMap(({ valuesUs }) => [...valuesUs]));
        const value = quantileOfSecond(mergeSeconds(seconds), share) as number;
        return interval.lowUs <= value && value <= interval.highUs && known.has(interval.highUs);
      }),
      { numRuns: 60 },
    );
  });
});

describe("on a queue whose p99 is known", () => {
  const run = { rate: 200, seconds: 120, p: 0.99, runs: 50 };

  it("covers the truth in nine of ten runs at half load, where independent samples would in five", () => {
    const half = measureCoverage({ ...run, load: 0.5 });
    expect(half.printed).toBeGreaterThanOrEqual(45);
    expect(half.covered / half.printed).toBeGreaterThanOrEqual(0.9);
    expect(half.naive / run.runs).toBeLessThan(0.75);
  });

  it.each([0.8, 0.9])("refuses nearly always at load %f", (load) => {
    expect(measureCoverage({ ...run, load }).refused / run.runs).toBeGreaterThanOrEqual(0.9);
  });
});
