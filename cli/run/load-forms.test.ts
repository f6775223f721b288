import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { SECOND } from "../../protocol/time.ts";
import { expectedCalls, rateAt } from "../../scenarios/rate-profile.ts";
import { isProblem } from "../../simulator/behaviour/form.ts";
import { parseAbort } from "../../simulator/caller/abort-form.ts";
import { parseRetry } from "../../simulator/caller/retry-form.ts";
import { parseShape, type Shape, type ShapeSetting } from "./shape-form.ts";
import { parseTargets } from "./target-form.ts";

const SETTING: ShapeSetting = {
  duration: 20 * SECOND,
  devices: 10,
  kinds: [
    { name: "read", method: "getValue" },
    { name: "write", method: "setValue" },
  ],
};

function profileOf(text: string) {
  const shape = parseShape(text, SETTING);
  if (isProblem(shape) || shape.kind === "trace") throw new Error(JSON.stringify(shape));
  return shape.profile;
}

async function traceOf(content: string, unit = "s"): Promise<Shape | string> {
  const folder = await mkdtemp(join(tmpdir(), "rpcfleet-trace-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "starts.csv");
  await writeFile(file, content);
  const shape = parseShape(`trace(file=${file}, unit=${unit})`, SETTING);
  return isProblem(shape) ? shape.message.replaceAll(file, "starts.csv") : (shape as Shape);
}

describe("shapes", () => {
  it.each<[string, readonly (readonly [at: number, rate: number])[]]>([
    [
      "ramp(from=10, to=50)",
      [
        [0, 10],
        [10, 30],
        [25, 50],
      ],
    ],
    [
      "ramp(100, 0, over=10s)",
      [
        [5, 50],
        [15, 0],
      ],
    ],
    [
      "steps(0s: 10, 5s: 0, 10s: 40)",
      [
        [1, 10],
        [6, 0],
        [99, 40],
      ],
    ],
    [
      "steps(0s: 10, 5s: 30, every=8s)",
      [
        [9, 10],
        [14, 30],
      ],
    ],
    [
      "burst(base=5, every=10s, size=100, length=2s)",
      [
        [9.9, 5],
        [10.5, 55],
        [12.5, 5],
        [21, 55],
      ],
    ],
    [
      "burst(every=10s, rate=80)",
      [
        [5, 0],
        [10.5, 80],
        [11.5, 0],
      ],
    ],
    [
      "sine(mean=100, amplitude=50%, period=8s)",
      [
        [0, 100],
        [2, 150],
        [6, 50],
      ],
    ],
  ])("%s", (text, expected) => {
    const profile = profileOf(text);
    for (const [at, rate] of expected) expect(rateAt(profile, at * SECOND)).toBeCloseTo(rate, 9);
  });

  it("a burst's size is the calls it adds", () => {
    const with100 = expectedCalls(profileOf("burst(base=5, every=10s, size=100, length=2s)"), 15 * SECOND);
    expect(with100).toBeCloseTo(5 * 15 + 100, 6);
  });

  it.each([
    ["wave(1)", 'unknown shape "wave", expected one of ramp, steps, burst, sine, trace'],
    ["ramp(from=1)", "to is missing"],
    ["ramp(from=0, to=0)", "from and to are both 0"],
    ["ramp(1, 2, over=0s)", "over must be above 0s"],
    ["steps", "needs rates"],
    ["steps(1s: 5)", "must begin at 0s:"],
    ["steps(0s: 5, 0s: 6)", "is not after the one before"],
    ["steps(0s: fast)", 'must be a number from 0 to 1000000, got "fast"'],
    ["steps(0s: 5, 9s: 6, every=9s)", "every must be after the last step"],
    ["burst(every=1s)", "either size, its calls, or rate"],
    ["burst(every=1s, size=1, length=1s)", "every must be longer than length"],
    ["sine(mean=0, amplitude=1, period=1s)", "mean must be a number above 0"],
    ["sine(mean=1, amplitude=200%, period=1s)", "amplitude must be between"],
    ["ramp(from=1, to=2, till=3)", "till is not one of its arguments"],
    ["trace", "file is missing"],
    ["trace(file=/nowhere.csv)", "cannot read /nowhere.csv (ENOENT)"],
  ])("%s is refused: %s", (text, why) => {
    const shape = parseShape(text, SETTING);
    expect(isProblem(shape) && shape.message).toContain(why);
  });
});

describe("traces", () => {
  it("read starts in seconds or milliseconds, without those beyond the duration", async () => {
    expect(await traceOf("0.5\n1.25\n25\n")).toMatchObject({ startsUs: Float64Array.of(500_000, 1_250_000) });
    expect(await traceOf("# from a log\n\n500\n1250\n", "ms")).toMatchObject({
      startsUs: Float64Array.of(500_000, 1_250_000),
      devices: undefined,
      kinds: undefined,
    });
  });

  it("read devices and kinds by name or method, in any order of columns", async () => {
    expect(await traceOf("method,device,time\nread,3,1\nsetValue,9,1\n")).toMatchObject({
      startsUs: Float64Array.of(SECOND, SECOND),
      devices: Uint32Array.of(3, 9),
      kinds: Uint8Array.of(0, 1),
    });
  });

  it("name every line that is wrong, as the file counts them", async () => {
    const problems = await traceOf("# recorded\nstart,device,kind\n1,3,read\n\n0.5,10,read\nx,1,erase\n");
    expect(problems).toContain("starts.csv, line 5: 0.5 is before the start on the line above");
    expect(problems).toContain('starts.csv, line 5: expected a device from 0 to 9, got "10"');
    expect(problems).toContain('starts.csv, line 6: expected a start such as 1.5, got "x"');
    expect(problems).toContain('starts.csv, line 6: expected one of the calls read, write, got "erase"');
  });

  it("are refused when they hold nothing, or no column of starts", async () => {
    expect(await traceOf("\n")).toContain("holds no starts");
    expect(await traceOf("when,device\n1,1\n")).toContain("line 1: expected a column start or time, got when, device");
  });
});

describe("targets", () => {
  it.each([
    ["uniform", { kind: "uniform" }],
    ["roundrobin", { kind: "roundrobin" }],
    ["zipf", { kind: "zipf", s: 1.1 }],
    ["zipf(s=2)", { kind: "zipf", s: 2 }],
    ["list(0, 7)", { kind: "list", devices: [0, 7] }],
    ["first(3)", { kind: "list", devices: [0, 1, 2] }],
  ])("%s", (text, rule) => {
    expect(parseTargets(text, 10)).toEqual(rule);
  });

  it.each([
    ["hot", 'unknown targets "hot"'],
    ["list(10)", "device 1 must be a whole number from 0 to 9"],
    ["list", "needs devices"],
    ["first(11)", "n must be a whole number from 1 to 10"],
    ["uniform(3)", "it takes none"],
  ])("%s is refused: %s", (text, why) => {
    const rule = parseTargets(text, 10);
    expect(isProblem(rule) && rule.message).toContain(why);
  });
});

describe("habits", () => {
  it.each([
    ["retry(on=ok)", "on must be of"],
    ["retry(attempts=0)", "attempts must be a whole number from 1"],
    ["retry(backoff=soon)", 'unknown reconnect policy "soon"'],
    ["retry(key=old)", "key must be one of same, new"],
    ["again", "expected retry(on=timeout"],
  ])("%s is refused: %s", (text, why) => {
    const rule = parseRetry(text);
    expect(isProblem(rule) && rule.message).toContain(why);
  });

  it.each([
    ["abort(p=1%)", "after is missing"],
    ["abort(p=2, after=1s)", "p must be between"],
    ["leave(p=1%)", "expected abort("],
  ])("%s is refused: %s", (text, why) => {
    const rule = parseAbort(text);
    expect(isProblem(rule) && rule.message).toContain(why);
  });
});
