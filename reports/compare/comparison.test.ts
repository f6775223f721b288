import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normalQuantile } from "../../protocol/exact-math.ts";
import { RandomStream, seedFrom } from "../../protocol/random.ts";
import { compareRuns, comparisonExitCode } from "./compare-runs.ts";
import { DEFAULT_RULES, type MetricChange, pairsNeeded } from "./comparison.ts";
import { samplePairs, sampleRun } from "./run-sample.ts";
import { mismatches } from "./sound-runs.ts";

const compare = (a: readonly number[], b: readonly number[], rules = DEFAULT_RULES) => {
  const sets = samplePairs(a, b);
  return compareRuns(sets.a, sets.b, rules);
};
const p99Of = ({ metrics }: { metrics: readonly MetricChange[] }) =>
  metrics.find(({ name }) => name === "p99(rtt)") as MetricChange;
const FIVE = [90, 95, 100, 92, 97];
const times = (factor: number, values = FIVE): number[] => values.map((value) => value * factor);

describe("five pairs", () => {
  it("that are all slower by a tenth are a regression, with the change and its interval", () => {
    const comparison = compare(FIVE, times(1.1));
    expect(comparison.verdict).toBe("regression");
    expect(comparisonExitCode(comparison)).toBe(1);
    expect(p99Of(comparison)).toMatchObject({ verdict: "worse", pWorse: 1 / 32, pBetter: 1 });
    expect(p99Of(comparison).change).toBeCloseTo(0.1, 9);
    expect(p99Of(comparison).interval).toMatchObject({ confidence: 0.9375 });
    expect(comparison.sentence).toMatch(
      /^Regression: p99\(rtt\) \+10\.0 % \[.*\] \(p = 0\.031\), beyond the floor of 3 %, over 5 pairs\.$/,
    );
  });

  it("of which one is not slower are none", () => {
    const comparison = compare(FIVE, [...times(1.1, FIVE.slice(1)), 90]);
    expect([comparison.verdict, comparisonExitCode(comparison)]).toEqual(["no_regression", 0]);
  });

  it("that are faster are told as such", () => {
    const comparison = compare(FIVE, times(0.8));
    expect(comparison.verdict).toBe("no_regression");
    expect(p99Of(comparison).verdict).toBe("better");
    expect(comparison.sentence).toContain("Better: p99(rtt) -20.0 %");
  });

  it("within the floor are no regression, however sure the change is", () => {
    expect(compare(FIVE, times(1.029)).verdict).toBe("no_regression");
    expect(compare(FIVE, times(1.031)).verdict).toBe("regression");
    expect(compare(FIVE, times(1.1), { ...DEFAULT_RULES, floor: 0.15 }).verdict).toBe("no_regression");
  });

  it("of next to nothing are none either: the absolute floor lies under the ratio", () => {
    const tiny = [0.4, 0.41, 0.42, 0.43, 0.44];
    expect(compare(tiny, times(1.2, tiny)).verdict).toBe("no_regression");
    expect(compare(tiny, times(1.3, tiny)).verdict).toBe("regression");
  });
});

describe("what cannot be told", () => {
  it("one run of each, however far apart", () => {
    const comparison = compare([90], [900]);
    expect([comparison.verdict, comparisonExitCode(comparison)]).toEqual(["cannot_tell", 3]);
    expect(comparison.sentence).toContain("One run of each decides nothing");
    expect(p99Of(comparison)).toMatchObject({ change: expect.closeTo(9, 6), interval: null, verdict: "no_evidence" });
  });

  it("fewer pairs than could come to the level, with how many it takes", () => {
    expect(compare(FIVE.slice(1), times(2, FIVE.slice(1))).sentence).toBe(
      "Cannot tell: 4 pairs cannot decide one deciding metric at 0.05: that takes at least 5.",
    );
    const two = { ...DEFAULT_RULES, deciding: ["p50(rtt)", "p99(rtt)"] };
    expect(compare(FIVE, times(2), two).sentence).toContain("5 pairs cannot decide 2 deciding metrics");
    expect(compare([...FIVE, 99], times(2, [...FIVE, 99]), two).verdict).toBe("regression");
    expect([1, 2, 4, 6, 11].map((count) => pairsNeeded({ alpha: 0.05, deciding: Array(count).fill("m") }))).toEqual([
      5, 6, 7, 7, 8,
    ]);
  });

  it("runs whose generator was not well, which take their partners with them", () => {
    const { a, b } = samplePairs(FIVE, times(1.5));
    const sick = sampleRun({ seed: "2", minute: 4, p99: 900_000, health: "invalid" });
    const runs = b.runs.map((run) => (run.figures.seed === "2" ? sick : run));
    const comparison = compareRuns(a, { ...b, runs }, DEFAULT_RULES);
    expect(comparison.verdict).toBe("cannot_tell");
    expect(comparison.notes).toEqual([
      "A run of candidate is left out (runs/4-2): its load generator is invalid (send lag p99).",
    ]);
    expect(p99Of(comparison).a).toHaveLength(4);
  });

  it("all of A before all of B, for the machine may have changed in between", () => {
    const { a, b } = samplePairs(FIVE, times(1.5));
    const later = b.runs.map((run, index) => sampleRun({ seed: run.figures.seed, minute: 60 + index, p99: 150_000 }));
    const comparison = compareRuns(a, { ...b, runs: later }, DEFAULT_RULES);
    expect(comparison.verdict).toBe("cannot_tell");
    expect(comparison.sentence).toContain("rpcfleet ab");
  });

  it("a figure that no run has", () => {
    const { a, b } = samplePairs(FIVE, FIVE);
    const without = [a, b].map(({ label, runs }) => ({
      label,
      runs: runs.map(({ figures }) => sampleRun({ seed: figures.seed, minute: Number(figures.seed), p99: null })),
    })) as [typeof a, typeof b];
    expect(compareRuns(...without, DEFAULT_RULES).sentence).toContain("No run has p99(rtt)");
  });
});

describe("sets of runs", () => {
  it("are pairs by their seeds, in whatever order they come", () => {
    const { a, b } = samplePairs(FIVE, times(1.1));
    fc.assert(
      fc.property(fc.shuffledSubarray(b.runs as never[], { minLength: 5 }), (runs) => {
        const comparison = compareRuns(a, { ...b, runs }, DEFAULT_RULES);
        expect([comparison.paired, comparison.verdict]).toEqual([true, "regression"]);
        expect(p99Of(comparison).change).toBeCloseTo(0.1, 9);
      }),
    );
  });

  it("without common seeds are compared as wholes", () => {
    const { a, b } = samplePairs(FIVE, times(1.3));
    const others = b.runs.map((run) =>
      sampleRun({
        seed: `x${run.figures.seed}`,
        minute: Number(run.figures.seed) * 2,
        p99: run.figures.responseTimeUs.p99,
      }),
    );
    const comparison = compareRuns(a, { ...b, runs: others }, DEFAULT_RULES);
    expect([comparison.paired, comparison.verdict]).toEqual([false, "regression"]);
    expect(p99Of(comparison).pWorse).toBeCloseTo(1 / 252, 9);
    const few = compareRuns({ ...a, runs: a.runs.slice(0, 2) }, { ...b, runs: others.slice(0, 2) }, DEFAULT_RULES);
    expect(few.sentence).toContain("2 runs against 2 cannot decide");
  });

  it("turned round show the change the other way", () => {
    const positive = fc.array(fc.integer({ min: 10, max: 500 }), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(positive, positive, (from, to) => {
        const { a, b } = samplePairs(from, to);
        const [there, back] = [compareRuns(a, b, DEFAULT_RULES), compareRuns(b, a, DEFAULT_RULES)].map(p99Of) as [
          MetricChange,
          MetricChange,
        ];
        expect((1 + (there.change ?? 0)) * (1 + (back.change ?? 0))).toBeCloseTo(1, 9);
        expect(there.pWorse).toBe(back.pBetter);
        const turned = { worse: "better", better: "worse", no_evidence: "no_evidence", no_values: "no_values" };
        // Just at the floor 1.03 and 1 / 1.03 are not equally far from 1.
        const nearFloor = Math.abs(Math.abs(there.change ?? 0) - 0.03) < 0.002;
        if (!nearFloor) expect(back.verdict).toBe(turned[there.verdict]);
      }),
    );
  });

  it("of more timeouts are worse by their share, with nothing to divide by", () => {
    const { a } = samplePairs(FIVE, FIVE);
    const runs = FIVE.map((_, pair) => sampleRun({ seed: String(pair), minute: 2 * pair + 1, timeouts: 20 }));
    const rules = { ...DEFAULT_RULES, deciding: ["timeouts"] };
    const comparison = compareRuns(a, { label: "b", runs }, rules);
    expect(comparison.sentence).toContain("Regression: timeouts +2.00 pp");
  });

  it("name the runs of another scenario, and tell when the two sides differ", () => {
    const { a, b } = samplePairs(FIVE, FIVE);
    const other = sampleRun({ latency: "constant(60ms)", minute: 9 });
    expect(mismatches(a, b)).toEqual({ within: [], between: false });
    expect(mismatches(a, { ...b, runs: [other] })).toEqual({ within: [], between: true });
    expect(mismatches({ ...a, runs: [...a.runs, other] }, b).within).toEqual([
      "runs/9-1: expected a run of the same scenario as the first of base",
    ]);
    expect(compareRuns(a, { ...b, runs: [other] }, DEFAULT_RULES).changedKeys).toEqual([
      { key: "fleet.cohorts[0].latency", a: "constant(50ms)", b: "constant(60ms)", ofScenario: true },
    ]);
  });
});

/** Share of comparisons that alarm when p99 is log-normal: machine noise shared by a pair, own noise 2 %, sampling noise 3 %. */
function alarmRate(pairs: number, { shared, slower }: { shared: number; slower: number }): number {
  const random = new RandomStream(seedFrom("comparisons"));
  const noise = (sd: number): number => sd * normalQuantile(random.uniform());
  const comparisons = 500;
  let alarms = 0;
  for (let each = 0; each < comparisons; each++) {
    random.seek(pairs, 0, each);
    const machine = Array.from({ length: pairs }, () => noise(shared));
    const own = (offset: number): number[] =>
      machine.map((m) => 100 * Math.exp(m + noise(0.02) + noise(0.03) + offset));
    if (compare(own(0), own(Math.log(1 + slower))).verdict === "regression") alarms++;
  }
  return alarms / comparisons;
}

describe("the rule on simulated runs", () => {
  it.each([
    { pairs: 5, shared: 0.08, slower: 0, low: 0.008, high: 0.04 },
    { pairs: 5, shared: 0.08, slower: 0.1, low: 0.8, high: 0.92 },
    { pairs: 5, shared: 0.03, slower: 0.05, low: 0.28, high: 0.46 },
    { pairs: 10, shared: 0.08, slower: 0, low: 0.008, high: 0.045 },
    { pairs: 10, shared: 0.08, slower: 0.1, low: 0.99, high: 1 },
  ])("$pairs pairs, machine noise $shared, slower by $slower", ({ pairs, low, high, ...noise }) => {
    const rate = alarmRate(pairs, noise);
    expect(rate).toBeGreaterThanOrEqual(low);
    expect(rate).toBeLessThanOrEqual(high);
  });
});
