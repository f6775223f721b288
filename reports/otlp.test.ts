/** The OTLP document as a collector reads it, and what a backend makes of its histogram. */
import { describe, expect, it } from "vitest";
import { fixtureRecord } from "./fixture.ts";
import { otlpDocument } from "./otlp.ts";
import { labelsOf, readOtlp } from "./strict-otlp.ts";
import { summarize } from "./summary.ts";

const record = fixtureRecord({ rates: [500], timeoutEvery: 50, gates: ["p99(rtt) < 250ms", "p99(rtt) < 250ms"] });
const summary = summarize(record);
const metrics = readOtlp(JSON.stringify(otlpDocument(record, summary)));

function histogramOf(name: string, of = metrics) {
  const metric = of.get(name);
  if (metric === undefined || !("exponentialHistogram" in metric)) throw new Error(`no histogram ${name}`);
  const [point] = metric.exponentialHistogram.dataPoints;
  if (point === undefined) throw new Error("no point");
  return point;
}

describe("the OTLP document", () => {
  it("counts from the start of the run to the end of its window, under the run's labels", () => {
    const planned = metrics.get("rpcfleet.planned_calls");
    if (planned === undefined || !("sum" in planned)) throw new Error("no sum");
    expect(planned.sum.dataPoints).toEqual([
      expect.objectContaining({
        asInt: "5000",
        startTimeUnixNano: "1767323045000000000",
        timeUnixNano: "1767323055000000000",
      }),
    ]);
    expect(labelsOf(planned.sum.dataPoints[0] as never)).toEqual({
      scenario: "two-way-latency",
      engine: "native",
      seed: "42",
    });
  });

  it("has every answered call in its histogram, from which percentiles come back within one per cent", () => {
    const { scale, positive, count, zeroCount, min, max } = histogramOf("rpcfleet.response_time_spread");
    const counts = positive.bucketCounts.map(Number);
    expect(counts.reduce((sum, one) => sum + one, Number(zeroCount))).toBe(Number(count));
    expect(Number(count)).toBe(summary.responseTimeUs.n);
    for (const [key, share] of [
      ["p50", 0.5],
      ["p90", 0.9],
      ["p99", 0.99],
      ["p999", 0.999],
    ] as const) {
      const rank = Math.ceil(share * Number(count));
      const upTo = (bucket: number): number => counts.slice(0, bucket + 1).reduce((sum, one) => sum + one, 0);
      const bucket = counts.findIndex((_, index) => upTo(index) >= rank);
      const middle = 2 ** ((positive.offset + bucket + 0.5) / 2 ** scale) * 1e6;
      expect(Math.abs(middle / (summary.responseTimeUs[key] as number) - 1)).toBeLessThan(0.01);
    }
    expect([min, max]).toEqual([(summary.responseTimeUs.min ?? 0) / 1e6, (summary.responseTimeUs.max ?? 0) / 1e6]);
  });

  it("of a run without calls is a document too", () => {
    const empty = fixtureRecord({ rates: [] });
    const none = readOtlp(JSON.stringify(otlpDocument(empty, summarize(empty))));
    expect(histogramOf("rpcfleet.response_time_spread", none)).toMatchObject({ count: "0", zeroCount: "0" });
  });
});
