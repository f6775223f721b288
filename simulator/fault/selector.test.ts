/** What a selector picks, seen through a fault that drops what it picks and one that changes connections. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RandomStream, seedFrom } from "../../protocol/random.ts";
import type { RequestContext } from "../../protocol/reaction.ts";
import { SECOND } from "../../protocol/time.ts";
import { isProblem } from "../behaviour/form.ts";
import type { ConnectSettings, DeviceFault } from "./device-fault.ts";
import { parseFault } from "./parse-fault.ts";

const random = new RandomStream(seedFrom("7"));

function fault(text: string): DeviceFault {
  const parsed = parseFault(text, { timeout: SECOND });
  if (isProblem(parsed)) throw new Error(parsed.message);
  return parsed;
}

function fires(on: DeviceFault, key: number, more: Partial<RequestContext> = {}): boolean {
  const request = { device: 0, key, ordinal: key + 1, method: "get", params: null, requestId: key, at: 0, ...more };
  return on.judge?.(request, random).kind === "drop";
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe("numbers", () => {
  it.each([
    ["nth=3", [3]],
    ["nth=1|3|5", [1, 3, 5]],
    ["nth=2..4", [2, 3, 4]],
    ["nth=1|4..5|9", [1, 4, 5, 9]],
  ])("%s, counted per device", (list, expected) => {
    const drop = fault(`drop(${list})`);
    for (const device of [0, 1]) {
      expect(numbers(10).filter((key) => fires(drop, key, { device }))).toEqual(expected.map((nth) => nth - 1));
    }
  });

  it("nth counts what the rest of the selector picks", () => {
    const drop = fault("drop(nth=2, method=set)");
    const methods = ["get", "set", "get", "set", "set"];
    expect(methods.map((method, key) => fires(drop, key, { method }))).toEqual([false, false, false, true, false]);
  });

  it.each([
    ["device=3", [3]],
    ["device=0|2..3", [0, 2, 3]],
  ])("%s", (list, expected) => {
    const drop = fault(`drop(${list})`);
    expect(numbers(6).filter((device) => fires(drop, 0, { device }))).toEqual(expected);
  });

  it.each(["nth=0", "nth=3..2", "nth=a", "device=-1", "device=1|", "nth=1..2..3"])("%s is refused", (list) => {
    expect(isProblem(parseFault(`drop(${list})`, { timeout: SECOND }))).toBe(true);
  });
});

it.each([
  ["getValue", ["getValue"]],
  ["get*", ["getValue", "getTime", "get"]],
  ["getTime|set*", ["getTime", "setValue"]],
  ["*", ["getValue", "getTime", "get", "setValue", ""]],
])("method=%s", (pattern, expected) => {
  const drop = fault(`drop(method=${pattern})`);
  const methods = ["getValue", "getTime", "get", "setValue", ""];
  expect(methods.filter((method) => fires(drop, 0, { method }))).toEqual(expected);
});

describe("a share", () => {
  it("that grows fires more, and never on fewer of the same requests", () => {
    const ramp = (): DeviceFault => fault("drop(p=0%..100%, over=10s, start=1s)");
    const picked = (at: number): number[] => numbers(500).filter((key) => fires(ramp(), key, { at }));
    const at = [1, 3, 6, 11, 60].map((second) => picked(second * SECOND));
    expect(at[0]).toEqual([]);
    expect(at[3]).toHaveLength(500);
    expect(at[4]).toHaveLength(500);
    for (let index = 1; index < at.length; index++) {
      const later = new Set(at[index]);
      expect(at[index - 1]?.every((key) => later.has(key))).toBe(true);
      expect(later.size).toBeGreaterThanOrEqual(at[index - 1]?.length as number);
    }
  });

  it("is the device's own where a fault says so: all its requests or none", () => {
    fc.assert(
      fc.property(fc.nat(100_000), (device) => {
        const slow = fault("slow_cohort(p=30%)");
        const request = { device, ordinal: 1, method: "get", params: null, requestId: 1, at: 0 };
        const kinds = new Set(numbers(20).map((key) => slow.judge?.({ ...request, key }, random).kind));
        expect(kinds.size).toBe(1);
      }),
      { numRuns: 50 },
    );
  });

  it("of devices is about that share of them", () => {
    const slow = fault("slow_cohort(p=30%)");
    const request = { key: 0, ordinal: 1, method: "get", params: null, requestId: 1, at: 0 };
    const picked = numbers(5_000).filter((device) => slow.judge?.({ ...request, device }, random).kind === "scale");
    // 30 %, within the exact 99.9 % interval of n = 5,000.
    expect(picked.length).toBeGreaterThanOrEqual(1_394);
    expect(picked.length).toBeLessThanOrEqual(1_607);
    expect(slow.counts).toEqual({ matched: 5_000, fired: picked.length });
  });
});

it.each([
  ["start=2s", [2, 3, 4, 5]],
  ["stop=2s", [0, 1]],
  ["start=1s, for=1s, every=2s", [1, 3, 5]],
])("%s", (list, expected) => {
  const drop = fault(`drop(${list})`);
  expect(numbers(6).filter((second) => fires(drop, second, { at: second * SECOND }))).toEqual(expected);
});

it("of connection attempts nth is the number of the attempt", () => {
  const late = fault("slow_connect(by=1s, nth=2..3)");
  const delays = [1, 2, 3, 4].map(
    (attempt) => late.connect?.({ delay: 0 } as ConnectSettings, { device: 0, attempt, at: 0 }, random).delay,
  );
  expect(delays).toEqual([0, SECOND, SECOND, 0]);
  expect(late.counts).toEqual({ matched: 2, fired: 2 });
});
