import { describe, expect, it } from "vitest";
import { OUTCOMES } from "../../protocol/outcome.ts";
import { SECOND } from "../../protocol/time.ts";
import { fixtureRecord } from "../fixture.ts";
import { foldRun } from "../fold-run.ts";
import { Histogram } from "../histogram.ts";
import type { RunRecord } from "../run-record.ts";
import { linearScale, linearTicks, logScale, logTicks, polyline } from "./svg.ts";
import { buildTimeline, type Slot, slotQuantile, type Timeline } from "./timeline.ts";

const timelineOf = (record: RunRecord): Timeline => buildTimeline(record, foldRun(record));

/** A slot with these response times. */
function slotOf(values: readonly number[]): Slot {
  const slot = timelineOf(fixtureRecord()).slots[0] as Slot;
  const response = new Histogram(SECOND);
  for (const value of values) response.record(value);
  return { ...slot, response };
}

describe("buildTimeline", () => {
  it("puts every Call into exactly one slot by outcome, and one by plan", () => {
    const record = fixtureRecord({ rates: [20], stepDuration: 60 * SECOND, timeoutEvery: 30, dropEvery: 45 });
    const { slots, slotUs } = timelineOf(record);
    const settled = slots.flatMap((slot) => OUTCOMES.map((outcome) => slot.settled[outcome]));
    expect(slotUs).toBe(SECOND);
    expect(settled.reduce((sum, count) => sum + count, 0)).toBe(1_200);
    expect(slots.reduce((sum, slot) => sum + slot.planned, 0)).toBe(1_200);
    expect(slots.slice(0, 60).map((slot) => slot.planned)).toEqual(Array(60).fill(20));
  });

  it("never has more than 300 slots, and none without Calls", () => {
    const { slots } = timelineOf(fixtureRecord({ rates: [1], stepDuration: 5_000 * SECOND }));
    expect(slots.length).toBeLessThanOrEqual(301);
    expect(timelineOf(fixtureRecord({ rates: [] })).slots).toEqual([]);
  });

  it("leaves a gap where a slot has fewer than 20 answers", () => {
    const values = Array.from({ length: 20 }, (_, index) => index + 1);
    expect([
      slotQuantile(slotOf(values.slice(1)), 0.5),
      ...[0.5, 0.99].map((p) => slotQuantile(slotOf(values), p)),
    ]).toEqual([undefined, 10, 20]);
  });
});

describe("svg", () => {
  it("maps domains to ranges, on straight and logarithmic scales", () => {
    expect([0, 5, 10].map(linearScale([0, 10], [100, 0]).at)).toEqual([100, 50, 0]);
    expect([1, 10, 100, 0].map(logScale([1, 100], [0, 50]).at)).toEqual([0, 25, 50, 0]);
    expect(linearScale([3, 3], [0, 9]).at(3)).toBe(0);
  });

  it("ticks at round values inside the domain", () => {
    expect(linearTicks(0, 37, 5)).toEqual([0, 10, 20, 30]);
    expect(linearTicks(0, 1.1, 5)).toEqual([0, 0.5, 1]);
    expect(logTicks(10, 100_000)).toEqual([10, 100, 1_000, 10_000, 100_000]);
    expect(logTicks(40, 900)).toEqual([50, 100, 200, 500]);
  });

  it("draws gaps as gaps and lone points as dots", () => {
    expect(polyline([[0, 0], [1, 1], undefined, [3, 3], undefined, [5, 5], [6, 6]], "line")).toBe(
      '<path class="line" d="M0 0L1 1M5 5L6 6"/><path class="line dot" d="M3 3h.1"/>',
    );
    expect(polyline([undefined], "line")).toBe("");
  });
});
