import { expect, it } from "vitest";
import { SECOND } from "../protocol/time.ts";
import { fixtureRun, recordOf } from "./fixture.ts";
import { foldRun } from "./fold-run.ts";
import { sliceSeconds } from "./interval-series.ts";
import { quantileOfSeconds } from "./statistics/second-counts.ts";

it("has the samples of each second, and all of them together are the series", () => {
  const { seconds, whole } = foldRun(recordOf(fixtureRun({ rates: [400], timeoutEvery: 50, dropEvery: 7 })));
  for (const name of ["responseTime", "responseTimeAll", "serviceTime", "sendLag"] as const) {
    expect(seconds[name].map(({ start, end }) => [start, end])).toEqual(
      Array.from({ length: 10 }, (_, second) => [second * SECOND, (second + 1) * SECOND]),
    );
    for (const { n, counts, valuesUs } of seconds[name]) {
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(n);
      expect([...valuesUs]).toEqual([...valuesUs].sort((a, b) => a - b));
    }
    expect(seconds[name].reduce((sum, { n }) => sum + n, 0)).toBe(whole.series[name].n);
    expect(quantileOfSeconds(seconds[name], 0.5)).toBe(whole.series[name].quantile(0.5));
  }
});

it("is the same in whatever order the Calls come", () => {
  const run = fixtureRun({ rates: [20, 60], timeoutEvery: 30 });
  const shuffled = fixtureRun({ rates: [20, 60], timeoutEvery: 30 });
  const { length } = run.calls;
  for (let call = 0; call < length; call += 1) {
    const from = (call * 331) % length;
    for (const name of ["intendedUs", "sentUs", "settledUs", "outcome", "step"] as const)
      shuffled.calls[name][call] = run.calls[name][from] as number;
  }
  expect(foldRun(recordOf(shuffled)).seconds).toEqual(foldRun(recordOf(run)).seconds);
});

it("joins seconds to at most 60 intervals that keep the exact maximum", () => {
  const { seconds, whole, extent } = foldRun(recordOf(fixtureRun({ rates: [2], stepDuration: 150 * SECOND })));
  const slices = sliceSeconds(seconds.responseTime, 5 * SECOND, extent.lastIntended);
  expect(slices.map(({ start }) => start / SECOND)).toEqual(Array.from({ length: 50 }, (_, slot) => slot * 3));
  expect(slices.reduce((sum, { histogram }) => sum + histogram.n, 0)).toBe(300);
  expect(Math.max(...slices.map(({ histogram }) => histogram.max ?? 0))).toBe(whole.series.responseTime.max);
});
