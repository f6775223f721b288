import { describe, expect, it } from "vitest";
import { Alarm } from "../alarm.ts";
import { monotonicNow } from "../clock.ts";
import { Pacer } from "./pacer.ts";

/** Keeps the test's thread awake: a bell keeps no process alive. */
function awake<T>(promise: Promise<T>): Promise<T> {
  const timer = setInterval(() => undefined, 1_000);
  return promise.finally(() => clearInterval(timer));
}

describe("a pacer", () => {
  it.each([
    ["spread out", Float64Array.from({ length: 50 }, (_, call) => call * 2_000)],
    ["at one instant", new Float64Array(50).fill(5_000)],
    ["of long ago", Float64Array.from({ length: 50 }, (_, call) => call - 1_000_000)],
  ])("calls every call of a plan %s, and none much too early", async (_, plan) => {
    const early: number[] = [];
    let sent = 0;
    let origin = 0;
    const done = new Promise<void>((resolve) => {
      const pacer = new Pacer(plan, (called) => {
        for (; sent < called; sent++) early.push(origin + (plan[sent] as number) - monotonicNow());
        pacer.advance(sent);
        if (sent === plan.length) void pacer.close().then(resolve);
      });
      void pacer.ready.then(() => {
        origin = monotonicNow() + 10_000;
        pacer.begin(origin);
      });
    });
    await awake(done);
    expect(sent).toBe(50);
    expect(Math.max(...early)).toBeLessThanOrEqual(150);
  });

  it("does not ring for calls that were sent already", async () => {
    const plan = Float64Array.from({ length: 1_000 }, (_, call) => call);
    let rings = 0;
    const done = new Promise<void>((resolve) => {
      const pacer = new Pacer(plan, () => {
        rings++;
        pacer.advance(plan.length);
        setImmediate(() => void pacer.close().then(resolve));
      });
      void pacer.ready.then(() => pacer.begin(monotonicNow()));
    });
    await awake(done);
    expect(rings).toBeLessThan(500);
  });
});

describe("an alarm", () => {
  it("rings for the earliest instant it was set for, and again when it is set again", async () => {
    const rang: number[] = [];
    let alarm: Alarm | undefined;
    let start = 0;
    const done = new Promise<void>((resolve) => {
      alarm = new Alarm(() => {
        rang.push(monotonicNow() - start);
        if (rang.length === 2) resolve();
        else alarm?.set(start + 60_000);
      });
    });
    await alarm?.ready;
    start = monotonicNow();
    alarm?.set(start + 90_000);
    alarm?.set(start + 20_000);
    alarm?.set(start + 40_000);
    await awake(done);
    await alarm?.close();
    expect(rang[0]).toBeGreaterThanOrEqual(19_000);
    expect(rang[0]).toBeLessThan(60_000);
    expect(rang[1]).toBeGreaterThanOrEqual(59_000);
  });
});
