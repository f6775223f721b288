import { describe, expect, it } from "vitest";
import { SECOND } from "../../protocol/time.ts";
import { type FixtureOptions, fixtureRecord } from "../fixture.ts";
import { foldRun } from "../fold-run.ts";
import { binEdge } from "../log-bins.ts";
import { buildHeatmap, type Heatmap } from "./heatmap.ts";
import { buildTimeline } from "./timeline.ts";

function heatmapOf(options: Partial<FixtureOptions>): Heatmap {
  const record = fixtureRecord(options);
  return buildHeatmap(buildTimeline(record, foldRun(record)), record.facts.timeout);
}
const sum = (counts: Iterable<number>): number => [...counts].reduce((total, count) => total + count, 0);

describe("buildHeatmap", () => {
  it("counts every answered Call in one cell and every other one in the band of its Outcome", () => {
    const { cells, bands } = heatmapOf({ rates: [50], stepDuration: 60 * SECOND, timeoutEvery: 30, dropEvery: 100 });
    expect(bands.map(({ outcome, counts }) => [outcome, sum(counts)])).toEqual([
      ["timeout", 90],
      ["dropped", 30],
    ]);
    expect(sum(cells)).toBe(3_000 - 120);
  });

  it("puts a Call where its start and its response time are", () => {
    const { cells, bins, columns, columnUs } = heatmapOf({
      rates: [20, 20],
      stepDuration: 30 * SECOND,
      slowFromStep: 1,
    });
    const share = (column: number, below: number): number => {
      const own = cells.subarray(column * bins.count, (column + 1) * bins.count);
      return sum(own.filter((_, bin) => binEdge(bins, bin + 1) <= below)) / sum(own);
    };
    expect([columns, columnUs]).toEqual([61, SECOND]);
    // Half of them take less than 55 ms at first; ten times slower, none is below 60 ms.
    expect(share(5, 60_000)).toBeGreaterThan(0.5);
    expect(share(45, 60_000)).toBe(0);
  });

  it("has no more than 150 columns however long the run was", () => {
    expect(heatmapOf({ rates: [1], stepDuration: 5_000 * SECOND }).columns).toBeLessThanOrEqual(150);
  });
});
