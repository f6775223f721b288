import { describe, expect, it } from "vitest";
import { sampleRun } from "./run-sample.ts";
import { type FindChangePoints, trendsOf } from "./trend.ts";
import { renderTrendText } from "./trend-text.ts";

/** Where a value is more than a fifth away from the one before it. */
const jumps: FindChangePoints = (values) =>
  values.flatMap((after, index) => {
    const before = values[index - 1] ?? after;
    return Math.abs(after / before - 1) > 0.2 ? [{ index, before, after, p: 0.004 }] : [];
  });

const runs = [50_000, 51_000, null, 75_000, 76_000].map((p50, minute) =>
  sampleRun({ minute, p50, seed: String(minute) }),
);

describe("a trend", () => {
  it("puts runs in the order of time and marks the run at which a level changes", () => {
    const { trends } = trendsOf([...runs].reverse(), jumps);
    expect(trends).toHaveLength(1);
    const [p50] = trends[0]?.metrics ?? [];
    expect(p50?.values).toEqual([50_000, 51_000, null, 75_000, 76_000]);
    expect(p50?.changePoints).toEqual([{ index: 3, before: 51_000, after: 75_000, p: 0.004 }]);
    const text = renderTrendText({ trends, leftOut: [] });
    expect(text).toMatch(/4 +2026-01-02 03:03 +↑ 75\.00 ms/);
    expect(text).toContain("p50(rtt)       ▁▁ ██  +47.1 % from run 4 (p = 0.004)");
  });

  it("keeps other scenarios apart, and runs out that nobody should read", () => {
    const others = [
      sampleRun({ latency: "never", minute: 7 }),
      sampleRun({ health: "invalid", minute: 8 }),
      sampleRun({ interrupted: true, minute: 9 }),
    ];
    const all = trendsOf([...others, ...runs], () => []);
    expect(all.trends.map(({ runs: { length } }) => length)).toEqual([5, 1]);
    expect(all.leftOut).toEqual([
      "runs/8-1 is left out: its load generator is invalid (send lag p99).",
      "runs/9-1 is left out: it was interrupted.",
    ]);
    expect(renderTrendText(all)).toContain("1 run has no other run of the same scenario");
  });

  it("is short of rows, not of blocks, when runs are many", () => {
    const many = Array.from({ length: 100 }, (_, minute) => sampleRun({ minute: minute % 60, seed: String(minute) }));
    const text = renderTrendText(trendsOf(many, () => []));
    expect(text).toContain("… 60 earlier runs");
    expect(text).toContain("▅".repeat(100));
    expect(renderTrendText({ trends: [], leftOut: [] })).toBe("No run to show.\n");
  });
});
