import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Bandwidth, RateLimit, readRateLimit } from "./rate-limit.ts";

test.each<[string, readonly Bandwidth[] | undefined]>([
  ["", []],
  [" ", []],
  ["10:1", [{ count: 10, periodMs: 1_000 }]],
  [
    " 100:1 , 2000:60 ",
    [
      { count: 100, periodMs: 1_000 },
      { count: 2_000, periodMs: 60_000 },
    ],
  ],
  ["0:1", undefined],
  ["1:0", undefined],
  ["10", undefined],
  ["10:1,", undefined],
  ["-1:1", undefined],
  ["1.5:1", undefined],
  ["10:1;20:2", undefined],
])("a limit written %j", (text, bandwidths) => {
  expect(readRateLimit(text)).toEqual(bandwidths);
});

const bandwidth = fc.record({ count: fc.integer({ min: 1, max: 20 }), periodMs: fc.integer({ min: 1, max: 5_000 }) });
const bandwidths = fc.array(bandwidth, { minLength: 1, maxLength: 3 });
const waits = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 3_000 })), { maxLength: 200 });

/** Instants of the requests that were let through, of requests that come after these waits. */
function admitted(limits: readonly Bandwidth[], steps: readonly number[]): number[] {
  const limit = new RateLimit(limits, 0);
  let nowMs = 0;
  const times: number[] = [];
  for (const step of steps) {
    nowMs += step;
    if (limit.take(nowMs)) times.push(nowMs);
  }
  return times;
}

describe("laws", () => {
  test("any interval lets through at most the burst and what came back in it", () => {
    fc.assert(
      fc.property(bandwidths, waits, (limits, steps) => {
        const times = admitted(limits, steps);
        for (const { count, periodMs } of limits) {
          for (let from = 0; from < times.length; from++) {
            for (let to = from; to < times.length; to++) {
              const lengthMs = (times[to] as number) - (times[from] as number);
              expect(to - from + 1).toBeLessThanOrEqual(count + Math.floor((count * lengthMs) / periodMs));
            }
          }
        }
      }),
    );
  });

  test("a burst of the smallest count passes, after any history and one longest period of rest", () => {
    fc.assert(
      fc.property(bandwidths, waits, (limits, steps) => {
        const limit = new RateLimit(limits, 0);
        let nowMs = 0;
        for (const step of steps) {
          nowMs += step;
          limit.take(nowMs);
        }
        nowMs += Math.max(...limits.map(({ periodMs }) => periodMs));
        const burst = Math.min(...limits.map(({ count }) => count));
        for (let i = 0; i < burst; i++) expect(limit.take(nowMs)).toBe(true);
        expect(limit.take(nowMs)).toBe(false);
      }),
    );
  });

  test("a refused request takes nothing: asking more often lets no less through", () => {
    fc.assert(
      fc.property(bandwidth, waits, fc.integer({ min: 1, max: 5 }), (limit, steps, extra) => {
        const eager = steps.flatMap((step) => [step, ...new Array<number>(extra).fill(0)]);
        expect(admitted([limit], eager).length).toBeGreaterThanOrEqual(admitted([limit], steps).length);
      }),
    );
  });

  test("requests at the allowed pace all pass, however long it goes on", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 50 }), (count, paceMs) => {
        const limits = [{ count, periodMs: count * paceMs }];
        const steps = new Array<number>(500).fill(paceMs);
        expect(admitted(limits, steps)).toHaveLength(500);
      }),
    );
  });

  test("a clock that is set back gives nothing", () => {
    fc.assert(
      fc.property(bandwidth, fc.integer({ min: 1, max: 100_000 }), ({ count, periodMs }, backMs) => {
        const limit = new RateLimit([{ count, periodMs }], backMs);
        for (let i = 0; i < count; i++) expect(limit.take(backMs)).toBe(true);
        expect(limit.take(0)).toBe(false);
        expect(limit.take(backMs)).toBe(false);
      }),
    );
  });
});
