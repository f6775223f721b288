/** OpenMetrics as a scraper reads it, strictly; whether its figures are the run's is for agreement.test.ts. */
import { describe, expect, it } from "vitest";
import { fixtureRecord, fixtureRun, recordOf } from "./fixture.ts";
import { renderOpenMetrics } from "./open-metrics.ts";
import { readOpenMetrics } from "./strict-open-metrics.ts";
import { summarize } from "./summary.ts";

const UGLY = 'a "b" \\ c\nd {e="f"}';
const given = fixtureRun({
  timeoutEvery: 50,
  facts: { scenario: UGLY },
  gates: ["p99(rtt) < 250ms", "p99(rtt) < 250ms", "no gate", "p99.99(rtt) < 1s"],
});
const record = recordOf(given);
const text = renderOpenMetrics(record, summarize(record));
const samples = readOpenMetrics(text);
const find = (family: string, labels: Readonly<Record<string, string>> = {}, suffix = ""): number | undefined =>
  samples.find(
    (one) =>
      one.family === `rpcfleet_${family}` &&
      one.suffix === suffix &&
      Object.entries(labels).every(([name, value]) => one.labels[name] === value),
  )?.value;

describe("OpenMetrics", () => {
  it("is text of the format, whatever a scenario is called and however often a gate is set", () => {
    expect(samples.length).toBeGreaterThan(100);
    for (const { labels, suffix } of samples) {
      expect(labels).toMatchObject({ scenario: UGLY, engine: "native", seed: "42" });
      expect(["", "_total", "_info", "_count", "_sum", "_bucket"]).toContain(suffix);
    }
    expect(find("gate_verdict", { index: "1", verdict: "pass" })).toBe(1);
    expect(find("gate_verdict", { gate: "no gate", verdict: "invalid" })).toBe(1);
  });

  it("leaves out what the run withholds, and what a gate did not observe", () => {
    expect(find("response_time_seconds", { quantile: "0.99" })).toBeDefined();
    expect(find("response_time_seconds", { quantile: "0.999" })).toBeUndefined();
    expect(find("gate_observed", { index: "2" })).toBeUndefined();
    expect(text).not.toMatch(/null|NaN|undefined/);
  });

  it("has every answered call in the buckets of its histogram, at or below their bounds", () => {
    const { calls } = given;
    const response = [...calls.outcome.subarray(0, calls.length)].flatMap((code, call) =>
      code <= 1 ? [((calls.settledUs[call] as number) - (calls.intendedUs[call] as number)) / 1e6] : [],
    );
    expect(response).toHaveLength(980);
    for (const le of ["0.001", "0.05", "0.1", "0.2", "1.0", "50.0"])
      expect(find("response_time_spread_seconds", { le }, "_bucket")).toBe(
        response.filter((seconds) => seconds <= Number(le)).length,
      );
    expect(find("response_time_spread_seconds", { le: "+Inf" }, "_bucket")).toBe(980);
    const sum = response.reduce((total, seconds) => total + seconds, 0);
    expect(find("response_time_spread_seconds", {}, "_sum")).toBeCloseTo(sum, 6);
  });

  it("of a run without calls is text of the format too", () => {
    const empty = fixtureRecord({ rates: [] });
    const none = readOpenMetrics(renderOpenMetrics(empty, summarize(empty)));
    expect(none.find(({ family }) => family === "rpcfleet_planned_calls")?.value).toBe(0);
  });
});

describe("the strict reader", () => {
  const ok = '# TYPE a gauge\na{x="y"} 1\n# EOF\n';
  it.each([
    ["no end", "# TYPE a gauge\na{} 1\n"],
    ["a sample of another family", '# TYPE a gauge\nb{x="y"} 1\n# EOF\n'],
    ["a counter without _total", '# TYPE a counter\na{x="y"} 1\n# EOF\n'],
    ["a quote that is not escaped", '# TYPE a gauge\na{x="y"z"} 1\n# EOF\n'],
    ["the same sample twice", '# TYPE a gauge\na{x="y"} 1\na{x="y"} 2\n# EOF\n'],
    ["a unit that the name does not end in", "# TYPE a gauge\n# UNIT a seconds\n# EOF\n"],
    ["no number", '# TYPE a gauge\na{x="y"} null\n# EOF\n'],
  ])("refuses %s", (_, wrong) => {
    expect(readOpenMetrics(ok)).toHaveLength(1);
    expect(() => readOpenMetrics(wrong)).toThrow();
  });
});
