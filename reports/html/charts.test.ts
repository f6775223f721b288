import { describe, expect, it } from "vitest";
import { fixtureRecord } from "../fixture.ts";
import type { SpectrumPoint } from "../histogram.ts";
import type { HistoryRun } from "../history.ts";
import { summarize } from "../summary.ts";
import { barChart } from "./bars.ts";
import { historyBlock } from "./history-block.ts";
import { sparkline } from "./spark.ts";
import { spectrumChart } from "./spectrum-chart.ts";
import { stageBlock } from "./stage-block.ts";

const points = (values: readonly number[]): SpectrumPoint[] =>
  values.map((valueUs, index) => ({ p: 1 - 10 ** -index, valueUs }));

describe("the spectrum", () => {
  const curve = { label: "response", tone: "p99" as const, points: points([50_000, 60_000, 90_000]) };

  it("has a band over the percentiles whose interval is known, and a bar for each of them", () => {
    const intervals = [
      { p: 0.5, lowUs: 49_000, highUs: 52_000 },
      { p: 0.9, lowUs: 55_000, highUs: 70_000 },
    ];
    const drawn = spectrumChart([{ ...curve, intervals }]) ?? "";
    expect(/class="band [^"]*" d="M([^"]*)Z"/.exec(drawn)?.[1]?.split("L")).toHaveLength(4);
    expect(/class="interval [^"]*" d="([^"]*)"/.exec(drawn)?.[1]?.match(/V/g)).toHaveLength(2);
  });

  it("has no band where nothing is known, and no curve of one point", () => {
    expect(spectrumChart([{ ...curve, intervals: [] }])).not.toContain("band");
    expect(spectrumChart([{ ...curve, points: points([1]), intervals: [] }])).toBeUndefined();
  });
});

describe("stages", () => {
  it("are shown as parts of their group's own calls, that add up", () => {
    const summary = summarize(fixtureRecord({ rates: [400], timeoutEvery: 50, server: true }));
    const block = stageBlock(summary);
    const widths = [...block.matchAll(/<rect class="stage\d" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)"/g)];
    const bars = new Map<string, number>();
    for (const [, , y = "", width] of widths) bars.set(y, (bars.get(y) ?? 0) + Number(width));
    expect(bars.size).toBe(3);
    for (const width of bars.values()) expect(width).toBeCloseTo(810, -0.5);
    expect(block).toContain("timeouts");
  });

  it("are said to be unknown where the server is not ours", () => {
    expect(stageBlock(summarize(fixtureRecord()))).toContain("no stages to show");
  });
});

describe("history", () => {
  const summary = summarize(fixtureRecord({ gates: ["p99(rtt) < 1s", "timeouts <= 1%"] }));
  const run = (day: number, observed: number, verdict: "pass" | "fail"): HistoryRun => ({
    folder: `run-${day}`,
    startedAt: `2026-01-0${day}T00:00:00.000Z`,
    verdict,
    gates: [{ text: "p99(rtt) < 1s", unit: "us", observed, limit: 1_000_000, verdict }],
  });

  it("has a disc where a gate held, a cross where it did not, and a ring round this run", () => {
    const block = historyBlock([run(1, 500_000, "pass"), run(2, 1_200_000, "fail")], summary);
    expect(block.split('<svg class="chart"')).toHaveLength(2);
    expect(block.match(/class="(holds|breaks|ring)"/g)).toEqual([
      'class="holds"',
      'class="breaks"',
      'class="holds"',
      'class="ring"',
    ]);
    expect(block).toContain("limit 1,000 ms");
  });

  it("is not there without another run", () => {
    expect(historyBlock([], summary)).toBe("");
  });
});

describe("bars", () => {
  it("show a single case beside thousands", () => {
    const chart = barChart({
      ...{ id: "bars", title: "t", description: "d", width: 500, height: 200, yLabel: "y", xLabel: "x" },
      bars: [
        { label: "a", parts: [["ok", 1_000_000]] },
        { label: "b", parts: [["timeout", 1]] },
      ],
    });
    const tall = [...chart.matchAll(/class="o-(\w+)" d="M[\d. ]+h[\d.]+v-([\d.]+)/g)].map(([, outcome, height]) => [
      outcome,
      Number(height),
    ]);
    expect(tall.map(([outcome]) => outcome)).toEqual(["ok", "timeout"]);
    expect(tall[1]?.[1]).toBeGreaterThanOrEqual(2);
  });
});

describe("sparklines", () => {
  const heights = (drawn: string): number[] =>
    [...(/d="M([^"]*)"/.exec(drawn)?.[1] ?? "").split("L")].map((place) => Number(place.split(" ")[1]));

  it("keep the largest value of what falls on one pixel", () => {
    const values = Array.from({ length: 1_000 }, (_, index) => (index === 777 ? 50 : 1));
    expect(Math.min(...heights(sparkline({ values, meaning: "m" })))).toBe(1);
  });

  it("are not drawn for fewer than two values", () => {
    expect(sparkline({ values: [undefined, 3], meaning: "m" })).toBe("");
    expect(sparkline(undefined)).toBe("");
  });
});
