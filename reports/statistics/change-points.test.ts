import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findChangePoints } from "./change-points.ts";
import { seededUniform } from "./queue-fixture.ts";

/** Normal noise of 3 % around the levels, one value each: a p99 of consecutive nights. */
function history(seed: number, levels: readonly number[]): number[] {
  const random = seededUniform(seed);
  const normal = () => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
  return levels.map((level) => level * (1 + 0.03 * normal()));
}

const level = (count: number, value: number): number[] => new Array(count).fill(value);
const SEEDS = Array.from({ length: 200 }, (_, index) => index + 1);

describe("findChangePoints", () => {
  it("finds a rise of a tenth within a run of where it is, in nearly every history", () => {
    const found = SEEDS.filter((seed) => {
      const points = findChangePoints(history(seed, [...level(25, 100), ...level(25, 110)]));
      return points.length === 1 && Math.abs((points[0]?.index ?? 0) - 25) <= 1;
    });
    expect(found.length).toBeGreaterThanOrEqual(180);
  });

  it("says how much it is, from what to what", () => {
    const [point] = findChangePoints(history(1, [...level(20, 100), ...level(20, 130)]));
    expect(point?.index).toBe(20);
    expect(point?.before).toBeCloseTo(100, -1);
    expect(point?.after).toBeCloseTo(130, -1);
    expect(point?.change).toBeCloseTo(0.3, 1);
    expect(point?.p).toBeLessThan(1e-6);
  });

  it("finds a change and its mending, each for itself", () => {
    const found = SEEDS.filter((seed) => {
      const points = findChangePoints(history(seed, [...level(20, 100), ...level(15, 125), ...level(20, 100)]));
      return points.length === 2 && points.every(({ index }, i) => Math.abs(index - (i === 0 ? 20 : 35)) <= 1);
    });
    expect(found.length).toBeGreaterThanOrEqual(190);
  });

  it("finds nothing in noise, in 98 of 100 histories", () => {
    const alarmed = SEEDS.filter((seed) => findChangePoints(history(seed, level(50, 100))).length > 0);
    expect(alarmed.length).toBeLessThanOrEqual(4);
    const anySize = SEEDS.filter((s) => findChangePoints(history(s, level(50, 100)), { minChange: 0 }).length > 0);
    expect(anySize.length).toBeLessThanOrEqual(16);
  });

  it("takes one wild run for none, and too few runs for no proof", () => {
    const wild = history(3, level(40, 100));
    wild[20] = 300;
    expect(findChangePoints(wild)).toEqual([]);
    expect(findChangePoints(history(3, [...level(20, 100), ...level(3, 150)]))).toEqual([]);
    expect(findChangePoints([])).toEqual([]);
    expect(findChangePoints(level(30, 7))).toEqual([]);
  });

  it("leaves out a change that is sure but small", () => {
    const values = history(5, [...level(40, 100), ...level(40, 103)]);
    expect(findChangePoints(values, { minChange: 0.01 }).length).toBe(1);
    expect(findChangePoints(values)).toEqual([]);
  });

  it("does not depend on the unit", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.constantFrom(1 / 1024, 8, 4096), (seed, scale) => {
        const values = history(seed, [...level(12, 100), ...level(12, 140), ...level(12, 90)]);
        const indexes = (of: number[]) => findChangePoints(of).map(({ index }) => index);
        expect(indexes(values.map((value) => value * scale))).toEqual(indexes(values));
      }),
      { numRuns: 50 },
    );
  });
});
