import { describe, expect, it } from "vitest";
import { RandomStream, seedFrom } from "../../protocol/random.ts";
import type { RequestContext, Verdict } from "../../protocol/reaction.ts";
import { MILLISECOND, SECOND } from "../../protocol/time.ts";
import { isProblem } from "../behaviour/form.ts";
import type { DeviceFault } from "./device-fault.ts";
import { parseFault } from "./parse-fault.ts";

const TIMEOUT = 5 * SECOND;
const random = new RandomStream(seedFrom("7"));

function fault(text: string, earlier: readonly DeviceFault[] = []): DeviceFault {
  const parsed = parseFault(text, { timeout: TIMEOUT }, earlier);
  if (isProblem(parsed)) throw new Error(parsed.message);
  return parsed;
}

function request(key: number, more: Partial<RequestContext> = {}): RequestContext {
  return { device: 0, key, ordinal: key + 1, method: "getValue", params: null, requestId: key, at: 0, ...more };
}

/** Keys of the first `count` requests the fault fires on. */
function firedOn(judge: DeviceFault, count: number): number[] {
  const fired: number[] = [];
  for (let key = 0; key < count; key++) {
    if (judge.judge?.(request(key), random).kind !== "pass") fired.push(key);
  }
  return fired;
}

describe("what a fault does", () => {
  it.each<[string, Verdict]>([
    ["drop", { kind: "drop" }],
    ["drop(p=100%)", { kind: "drop" }],
    ["error(1)", { kind: "replace", reply: { error: "device failure" } }],
    ["late", { kind: "hold", until: TIMEOUT + 500 * MILLISECOND }],
    ["late(p=100%, by=200ms)", { kind: "hold", until: TIMEOUT + 200 * MILLISECOND }],
    ["late(100%, 2s)", { kind: "hold", until: TIMEOUT + 2 * SECOND }],
    ["disconnect", { kind: "end", how: "fin", instead: true, reconnectAfter: SECOND }],
    [
      "disconnect(100%, reconnect=250ms, how=reset)",
      { kind: "end", how: "reset", instead: true, reconnectAfter: 250 * MILLISECOND },
    ],
    ["drop(p=0%)", { kind: "pass" }],
    ["drop(method=setValue)", { kind: "pass" }],
    ["drop(method=getValue)", { kind: "drop" }],
    ["drop(nth=2)", { kind: "pass" }],
    ["drop(nth=1)", { kind: "drop" }],
  ])("%s", (text, verdict) => {
    expect(fault(text).judge?.(request(0), random)).toEqual(verdict);
  });
});

describe("which requests it fires on", () => {
  it("exactly the nth a device receives", () => {
    expect(firedOn(fault("drop(nth=3)"), 10)).toEqual([2]);
  });

  it("a share of them, within the exact 99.9 % interval", () => {
    const fired = firedOn(fault("error(10%)"), 20_000).length;
    expect(fired).toBeGreaterThanOrEqual(1_862);
    expect(fired).toBeLessThanOrEqual(2_141);
  });

  it("the same ones for a larger share, and more", () => {
    const few = new Set(firedOn(fault("drop(10%)"), 1_000));
    const more = new Set(firedOn(fault("drop(30%)"), 1_000));
    expect([...few].every((key) => more.has(key))).toBe(true);
    expect(more.size).toBeGreaterThan(few.size);
  });

  it("a selector changes no draw of the requests it lets through", () => {
    const all = firedOn(fault("drop(30%)"), 500);
    const own = fault("drop(30%, method=setValue)");
    const fired: number[] = [];
    for (let key = 0; key < 500; key++) {
      const method = key % 2 === 0 ? "setValue" : "getValue";
      if (own.judge?.(request(key, { method }), random)?.kind === "drop") fired.push(key);
    }
    expect(fired).toEqual(all.filter((key) => key % 2 === 0));
  });

  it.each([
    ["another kind", "drop(50%)", "error(50%)"],
    ["a second one of its kind", "error(50%)", "error(50%)"],
  ])("independently of %s", (_, first, second) => {
    const one = fault(first);
    const other = fault(second, [one]);
    const [a, b] = [new Set(firedOn(one, 20_000)), new Set(firedOn(other, 20_000))];
    const both = [...a].filter((key) => b.has(key)).length;
    // A quarter, within the exact 99.9 % interval of n = 20,000.
    expect(both).toBeGreaterThanOrEqual(4_800);
    expect(both).toBeLessThanOrEqual(5_202);
  });
});

it("two faults of one stream are refused, also when only their names' numbers meet", () => {
  const one = fault("drop(p=10%, name=east)");
  const other = parseFault("error(p=10%, name=east)", { timeout: TIMEOUT }, [one]);
  expect(isProblem(other) && other.message).toContain("would share the random stream of drop(p=10%, name=east)");
  expect(isProblem(parseFault("error(p=10%, name=west)", { timeout: TIMEOUT }, [one]))).toBe(false);
});

it.each([
  ["drop(p=50%)", 1_000, [1_000, firedOn(fault("drop(p=50%)"), 1_000).length]],
  ["drop(p=0%)", 10, [10, 0]],
  ["drop(nth=3)", 10, [1, 1]],
  ["drop(nth=30)", 10, [0, 0]],
  ["drop(method=other)", 10, [0, 0]],
])("%s counts what it judged and what it fired on", (text, count, [matched, fired]) => {
  const counted = fault(text);
  firedOn(counted, count);
  expect(counted.counts).toEqual({ matched, fired });
});

describe("what is refused, with everything that is wrong", () => {
  it.each([
    ["explode(1%)", ['unknown fault "explode"', "drop, "]],
    ["constructor", ['unknown fault "constructor"']],
    ["drop 1%", ['expected name(argument, ...), got "drop 1%"']],
    ["drop(p=101%)", ['drop: p must be between 0% and 100%, got "101%"']],
    ["drop(p=1.5)", ['got "1.5"']],
    ["drop(p=-1%)", ['got "-1%"']],
    ["drop(p=often)", ['got "often"']],
    ["drop(nth=0)", ['drop: nth must be whole numbers from 1 such as 3, 1|3 or 10..20, got "0"']],
    ["drop(nth=1.5)", ['got "1.5"']],
    ["drop(by=5s)", ["drop: by is not one of its arguments (p, over, method"]],
    ["late(1%, by=5)", ['late: by must be a duration such as 50ms, got "5"']],
    ["late(1%, 1s, 2s, 3s)", ["late: argument 4 is not one of its arguments (p, "]],
    [
      "disconnect(p=x, nth=y, reconnect=z, odd=1)",
      ['got "x"', 'got "y"', 'got "z"', "odd is not one of its arguments"],
    ],
  ])("%s", (text, problems) => {
    const parsed = parseFault(text, { timeout: TIMEOUT });
    if (!isProblem(parsed)) throw new Error("it was accepted");
    for (const problem of problems) expect(parsed.message).toContain(problem);
  });
});
