import { describe, expect, it } from "vitest";
import { seedFrom } from "../protocol/random.ts";
import { planKinds, planTargets } from "./arrivals.ts";
import type { TargetRule } from "./target-rule.ts";

const COUNT = 100_000;

function hitsOf(rule: TargetRule, devices: number): number[] {
  const hits = Array.from({ length: devices }, () => 0);
  const targets = planTargets({ seed: seedFrom("11"), firstCall: 0, count: COUNT, devices, rule });
  for (const device of targets) hits[device] = (hits[device] as number) + 1;
  return hits;
}

function chiSquare(hits: readonly number[], shares: readonly number[]): number {
  return hits.reduce(
    (sum, count, i) => sum + (count - COUNT * (shares[i] as number)) ** 2 / (COUNT * (shares[i] as number)),
    0,
  );
}

/** 99.9 % quantile with 49 degrees of freedom. */
const LIMIT_49 = 85.4;

describe("targets", () => {
  it.each([0.5, 1, 1.1, 2])("zipf(s=%d): each rank is called in proportion to its power", (s) => {
    const weights = Array.from({ length: 50 }, (_, rank) => (rank + 1) ** -s);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const hits = hitsOf({ kind: "zipf", s }, 50);
    expect(
      chiSquare(
        hits,
        weights.map((weight) => weight / total),
      ),
    ).toBeLessThan(LIMIT_49);
  });

  it("zipf belongs to the call, not to the batch", () => {
    const rule = { kind: "zipf", s: 1.1 } as const;
    const plan = (firstCall: number, count: number) =>
      planTargets({ seed: seedFrom("5"), firstCall, count, devices: 1_000, rule });
    expect(plan(400, 10)).toEqual(plan(0, 410).slice(400));
  });

  it("round robin visits every device in its turn, over batches too", () => {
    const plan = (firstCall: number) =>
      planTargets({ seed: seedFrom("1"), firstCall, count: 4, devices: 3, rule: { kind: "roundrobin" } });
    expect([...plan(0), ...plan(4)]).toEqual([0, 1, 2, 0, 1, 2, 0, 1]);
  });

  it("a list is called alike and alone", () => {
    const hits = hitsOf({ kind: "list", devices: [3, 7] }, 50);
    expect(hits.reduce((sum, count, device) => sum + (device === 3 || device === 7 ? count : 0), 0)).toBe(COUNT);
    expect(Math.abs((hits[3] as number) - COUNT / 2)).toBeLessThan(4 * Math.sqrt(COUNT / 4));
  });
});

describe("kinds of calls", () => {
  it("come by weight, and belong to the call", () => {
    const plan = (firstCall: number, count: number) =>
      planKinds({ seed: seedFrom("2"), firstCall, count, weights: [70, 25, 5] });
    const hits = [0, 0, 0];
    for (const kind of plan(0, COUNT)) hits[kind] = (hits[kind] as number) + 1;
    expect(chiSquare(hits, [0.7, 0.25, 0.05])).toBeLessThan(13.8); // 99.9 % quantile with 2 degrees of freedom
    expect(plan(900, 50)).toEqual(plan(0, 950).slice(900));
  });

  it("a single kind takes no draw", () => {
    expect(planKinds({ seed: seedFrom("2"), firstCall: 0, count: 3, weights: [9] })).toEqual(new Uint8Array(3));
  });
});
