import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OUTCOMES } from "../../protocol/outcome.ts";
import { MILLISECOND, SECOND } from "../../protocol/time.ts";
import { distribution } from "../distribution.ts";
import { Histogram } from "../histogram.ts";
import { LiveFigures } from "./live-figures.ts";
import { type EndedCall, LIVE_RUN, liveFigures, told } from "./live-fixture.ts";

const call = fc.record({
  outcome: fc.constantFrom(...OUTCOMES),
  responseUs: fc.integer({ min: -5, max: 6 * SECOND }),
  sendLagUs: fc.integer({ min: -5, max: SECOND }),
});

/** What a report says of the same calls: percentiles of answered calls, a clock's difference below zero being zero. */
function reported(samples: readonly number[]) {
  const histogram = new Histogram(LIVE_RUN.timeout);
  for (const us of samples) histogram.record(Math.max(0, us));
  const { n, p50, p99, max } = distribution(histogram);
  return { n, p50, p99, max };
}

describe("live figures", () => {
  it("are the report's, however the calls were told: in any pieces, in any number of batches", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.array(call, { maxLength: 30 }), { maxLength: 9 }), { maxLength: 3 }),
        (batches) => {
          const figures = new LiveFigures(LIVE_RUN);
          for (const [step, messages] of batches.entries()) {
            figures.batch({ step, rate: 100, planned: 50, offset: step * 3 * SECOND });
            let sent = 0;
            for (const [index, calls] of messages.entries()) {
              sent += calls.length;
              figures.calls(told((index + 1) * 250 * MILLISECOND, calls, { due: sent, sent }));
            }
          }
          figures.end({ verdict: "pass", reasons: [], report: "report.html" });
          const all = batches.flat(2);
          const frame = figures.frame(10 * SECOND);
          for (const outcome of OUTCOMES) {
            expect(frame.outcomes[outcome]).toBe(all.filter((one) => one.outcome === outcome).length);
          }
          const answered = all.filter(({ outcome }) => outcome === "ok" || outcome === "device_error");
          expect(frame.overall).toEqual(reported(answered.map(({ responseUs }) => responseUs)));
          expect(frame.lagOverall).toEqual(reported(all.map(({ sendLagUs }) => sendLagUs)));
          expect(frame.planned).toBe(50 * batches.length);
        },
      ),
      { numRuns: 30 },
    );
  });

  it("by the second lose no call: rates times seconds are the counts", () => {
    const figures = liveFigures(5, 50);
    figures.end({ verdict: "pass", reasons: [], report: "report.html" });
    expect(figures.points.map(({ second }) => second)).toEqual([0, 1, 2, 3, 4]);
    const ok = figures.points.reduce((sum, { endedBy }) => sum + (endedBy[0] as number), 0);
    expect(ok).toBeCloseTo(5 * 4 * 45, 6);
    expect(figures.points[2]).toMatchObject({
      rates: { planned: 200, sent: 200, ended: 200, ok: 180 },
      response: { n: 180, p50: 25 * MILLISECOND, p99: 49 * MILLISECOND, max: 49 * MILLISECOND },
      inFlight: 38,
    });
  });

  it("keep ten minutes by the second, and tell each second once to who asks for what is new", () => {
    const figures = liveFigures(700, 1);
    expect(figures.points).toHaveLength(600);
    expect(figures.seconds).toBe(699);
    expect(figures.pointsAfter(697).map(({ second }) => second)).toEqual([697, 698]);
    expect(figures.pointsAfter(0)).toHaveLength(600);
    expect(figures.pointsAfter(699)).toEqual([]);
  });

  it("of the last second are withheld when the caller is silent, and what has happened is told in time", () => {
    const figures = liveFigures(3, 50);
    expect(figures.frame(3.1 * SECOND)).toMatchObject({ rates: { ended: 200 }, second: { n: 180 }, busy: 0.25 });
    expect(figures.frame(5 * SECOND)).toMatchObject({ rates: undefined, second: { n: 0, p50: null }, busy: undefined });
    expect(figures.frame(1.9 * SECOND).events).toEqual([]);
    expect(figures.frame(2 * SECOND).events).toEqual([{ at: 2 * SECOND, label: "server paused" }]);
  });

  it("count what is in flight without the calls that were never sent", () => {
    const figures = new LiveFigures(LIVE_RUN);
    figures.batch({ step: 0, rate: 10, planned: 10, offset: 0 });
    const ended = (outcome: "ok" | "dropped"): EndedCall => ({ outcome, responseUs: 1, sendLagUs: 1 });
    figures.calls(told(SECOND, [ended("ok"), ended("ok")], { due: 10, sent: 6 }));
    expect(figures.frame(SECOND)).toMatchObject({ inFlight: 4, ended: 2 });
    figures.calls(
      told(2 * SECOND, [...Array(4).fill(ended("ok")), ...Array(4).fill(ended("dropped"))], { due: 10, sent: 6 }),
    );
    expect(figures.frame(2 * SECOND)).toMatchObject({ inFlight: 0, ended: 10, outcomes: { ok: 6, dropped: 4 } });
  });

  it("of an engine that tells only of ended calls say that the rest is not known", () => {
    const figures = new LiveFigures(LIVE_RUN);
    figures.batch({ step: 0, rate: 10, planned: 10, offset: 0 });
    const call = { ...told(SECOND, [], { due: 5, sent: 0 }), sent: undefined, busy: undefined };
    figures.calls(call);
    expect(figures.frame(SECOND)).toMatchObject({ inFlight: undefined, rates: { planned: 5, sent: undefined } });
  });
});

describe("live health", () => {
  const lagging = (sendLagUs: number, sent = 2_000, kneeP99 = 0) => {
    const figures = new LiveFigures({ ...LIVE_RUN, kneeP99 });
    figures.batch({ step: 0, rate: 1_000, planned: 4_000, offset: 0 });
    const calls = Array.from({ length: 1_000 }, (): EndedCall => ({ outcome: "ok", responseUs: 50_000, sendLagUs }));
    figures.calls(told(2 * SECOND, calls, { due: 2_000, sent }));
    return figures.frame(2 * SECOND).health;
  };

  it("is the report's rule: a lag of at most a tenth of the response time, or of the bound of a search", () => {
    expect(lagging(4_900)).toEqual({ verdict: "healthy", notes: [] });
    expect(lagging(5_200).verdict).toBe("invalid");
    expect(lagging(5_200).notes).toEqual([
      expect.stringMatching(/^send lag p99 5\.\d+ ms, at most 5\.\d+ ms is sound$/),
    ]);
    expect(lagging(5_200, 2_000, SECOND).verdict).toBe("healthy");
  });

  it("names calls that are due and not sent, and devices that are away", () => {
    expect(lagging(10, 1_970).notes).toEqual(["only 98.5 % of the calls that were due are sent"]);
    expect(liveFigures(3, 50).frame(3 * SECOND).health).toEqual({
      verdict: "suspect",
      notes: ["2 devices are not connected"],
    });
  });
});
