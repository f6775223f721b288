import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { type CalibrationFacts, calibrate, calibrationText, isFit, type Trial } from "./calibration-table.ts";
import { calibrationName, calibrationOf, noiseSentences } from "./machine-noise.ts";
import { METRICS, type Metric } from "./metric.ts";
import { noiseOf, smallestEffect } from "./noise.ts";
import { samplePairs, sampleRun } from "./run-sample.ts";

const P99 = METRICS.find(({ name }) => name === "p99(rtt)") as Metric;
const RULES = { alpha: 0.05, floor: 0.03 };
const facts: CalibrationFacts = {
  command: "npx rpcfleet calibrate --seed 1",
  seed: "1",
  startedAt: "2026-01-02T03:04:05.000Z",
  tookS: 12,
  mode: "fast",
  run: "100 devices",
  host: { ...sampleRun().figures.host, k6: undefined },
  pairs: 5,
  injected: 0.1,
  repeatedRounds: 1,
  droppedRounds: 0,
};

const FIVE = [90, 95, 100, 92, 97];

/** A trial in which the same again is off by these factors, and the slowed one by others. */
function trial(again: readonly number[], slowed: readonly number[]): Trial {
  const times = (factors: readonly number[]): number[] => FIVE.map((value, index) => value * (factors[index] ?? 1));
  const { a, b } = samplePairs(FIVE, times(again));
  return { base: a.runs, again: b.runs, injected: samplePairs(FIVE, times(slowed)).b.runs };
}

const quiet = trial([1.01, 0.99, 1.01, 0.99, 1.005], Array(5).fill(1.1));
const alarming = trial(Array(5).fill(1.2), Array(5).fill(1));

describe("a calibration", () => {
  it("counts alarms of a thing against itself, and slow-downs that were found", () => {
    const calibration = calibrate([...Array(9).fill(quiet), alarming], facts);
    expect(calibration.falseAlarms).toMatchObject({ count: 1, trials: 10 });
    expect(calibration.power).toMatchObject({ count: 9, trials: 10, injected: 0.1 });
    expect(isFit(calibration)).toBe(true);
    expect(isFit(calibrate([...Array(8).fill(quiet), alarming, alarming], facts))).toBe(false);
    expect(isFit(calibrate([], facts))).toBe(false);
    const text = calibrationText(calibration);
    expect(text).toContain("false alarms  1 of 10  (95 % interval 1.79 % to 40.42 %)");
    expect(text).toContain("a few trials say little");
    expect(calibrationText(calibrate(Array(20).fill(quiet), facts))).toContain(
      "Goals met: 5 pairs of these runs find changes of p99(rtt) from +3.4 % on.",
    );
    expect(text).toContain("again: npx rpcfleet calibrate --seed 1");
  });

  it("leaves out of both shares what could not be decided", () => {
    const short: Trial = { base: quiet.base.slice(1), again: quiet.again.slice(1), injected: [] };
    const calibration = calibrate([quiet, short], facts);
    expect([calibration.falseAlarms.trials, calibration.cannotTell]).toEqual([1, 2]);
  });

  it("is found again for runs of its machine, and told in sentences", () => {
    const folder = mkdtempSync(join(tmpdir(), "rpcfleet-calibration-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const calibration = calibrate(Array(10).fill(quiet), facts);
    writeFileSync(join(folder, calibrationName(calibration.fingerprint)), JSON.stringify(calibration));
    const run = sampleRun();
    expect(calibrationOf(run.figures, folder)).toEqual(calibration);
    const other = { ...run.figures, host: { ...run.figures.host, cores: 64 } };
    expect(calibrationOf(other, folder)).toBeUndefined();
    expect(noiseSentences(undefined)[0]).toContain("rpcfleet calibrate");
    expect(noiseSentences(calibration).join(" ")).toMatch(
      /0 of 10 .* trials of 5 pairs .* differ in p99\(rtt\) by a standard deviation of 0\.\d+ %/,
    );
  });
});

describe("noise", () => {
  it("is the spread of changes about none at all", () => {
    const pairs = [1.1, 1 / 1.1].map(
      (factor) => [sampleRun({ p99: 100_000 }), sampleRun({ p99: 100_000 * factor })] as const,
    );
    expect(noiseOf(P99, pairs)).toEqual({ pairs: 2, sd: expect.closeTo(Math.log(1.1), 4) });
    expect(noiseOf(P99, [[sampleRun(), sampleRun({ p99: null })]])).toBeUndefined();
  });

  it("decides what five pairs can find: 1.71 of its widths, where all five must be slower", () => {
    // P(all five of N(d, 1) above 0) = 0.8 at d = 1.709.
    expect(Math.log1p(smallestEffect(5, 0.1, RULES) ?? 0) / 0.1).toBeCloseTo(1.709, 1);
    expect(smallestEffect(10, 0.1, RULES)).toBeLessThan(smallestEffect(5, 0.1, RULES) ?? 0);
    expect(smallestEffect(5, 0, RULES)).toBeCloseTo(0.03, 6);
    expect(smallestEffect(4, 0.1, RULES)).toBeUndefined();
  });
});
