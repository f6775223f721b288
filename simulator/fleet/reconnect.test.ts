import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RandomStream, seedFrom } from "../../protocol/random.ts";
import { MILLISECOND, MINUTE, SECOND } from "../../protocol/time.ts";
import { isProblem } from "../behaviour/form.ts";
import { parseReconnect } from "./reconnect.ts";

const random = new RandomStream(seedFrom("7"));

function waits(text: string, tries: readonly number[], device = 0): (number | undefined)[] {
  const policy = parseReconnect(text);
  if (isProblem(policy)) throw new Error(policy.message);
  return tries.map((each) => policy.wait(each, { device, attempt: each }, random));
}

it.each([
  ["none", [undefined, undefined, undefined]],
  ["fixed", [SECOND, SECOND, SECOND]],
  ["fixed(20ms)", [20 * MILLISECOND, 20 * MILLISECOND, 20 * MILLISECOND]],
  ["exponential", [SECOND, 2 * SECOND, 4 * SECOND]],
  ["exponential(first=2s, cap=5s)", [2 * SECOND, 4 * SECOND, 5 * SECOND]],
])("%s", (text, expected) => {
  expect(waits(text, [1, 2, 3])).toEqual(expected);
});

it("exponential reaches its cap and stays there, however often", () => {
  expect(waits("exponential", [7, 50, 5_000])).toEqual([MINUTE, MINUTE, MINUTE]);
});

describe("jitter", () => {
  it("waits no longer than exponential would, the same each time", () => {
    fc.assert(
      fc.property(fc.nat(100_000), fc.integer({ min: 1, max: 1_000 }), (device, tries) => {
        const [wait] = waits("jitter(first=10ms, cap=30s)", [tries], device);
        const [ceiling] = waits("exponential(first=10ms, cap=30s)", [tries]);
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThanOrEqual(ceiling as number);
        expect(Number.isInteger(wait)).toBe(true);
        expect(waits("jitter(first=10ms, cap=30s)", [tries], device)).toEqual([wait]);
      }),
      { numRuns: 100 },
    );
  });

  it("spreads devices over the whole of it", () => {
    const all = Array.from({ length: 1_000 }, (_, device) => waits("jitter(first=1s)", [1], device)[0] as number);
    expect(Math.min(...all)).toBeLessThan(20 * MILLISECOND);
    expect(Math.max(...all)).toBeGreaterThan(980 * MILLISECOND);
    expect(new Set(all).size).toBeGreaterThan(950);
  });
});

it.each([
  ["never", "unknown reconnect policy"],
  ["fixed(soon)", "wait must be a duration"],
  ["none(1s)", "argument 1 is not one of its arguments"],
  ["jitter(first=1s, most=1m)", "most is not one of its arguments"],
])("%s is refused", (text, problem) => {
  const policy = parseReconnect(text);
  expect(isProblem(policy) ? policy.message : "").toContain(problem);
});
