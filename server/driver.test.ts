import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Settlement } from "../protocol/requester/requester-io.ts";
import { MILLISECOND } from "../protocol/time.ts";
import { type DeliverEffect, LiveDriver } from "./driver.ts";
import { readServerOptions } from "./options.ts";

const REQUEST = {
  device: "d",
  oneway: false,
  method: "m",
  params: "null",
  timeout: 100 * MILLISECOND,
  wall: undefined,
  retries: 5,
};

let now: number;
let delivered: DeliverEffect[];
let ended: Settlement[];
let driver: LiveDriver;

beforeEach(() => {
  vi.useFakeTimers();
  now = 5_000_000;
  delivered = [];
  ended = [];
  driver = new LiveDriver({
    now: () => now,
    requester: readServerOptions({}).requester,
    deliver: (effect) => delivered.push(effect),
    ledger: undefined,
    status: () => undefined,
    ended: () => undefined,
    closeSession: () => undefined,
  });
});
afterEach(() => {
  driver.close();
  vi.useRealTimers();
});

const call = (timeout = REQUEST.timeout) =>
  driver.call({ ...REQUEST, timeout }, (settlement) => ended.push(settlement));
/** The timer's time and the clock's, which need not agree. */
const pass = (timerMs: number, clockUs: number): void => {
  now += clockUs;
  vi.advanceTimersByTime(timerMs);
};

test("a timer that fires early settles nothing and is armed again", () => {
  call();
  pass(100, 99_400);
  expect(ended).toEqual([]);
  expect(vi.getTimerCount()).toBe(1);
  pass(1, 600);
  expect(ended).toEqual([{ kind: "no_connection" }]);
  expect(vi.getTimerCount()).toBe(0);
});

test("an earlier deadline moves the one timer forward, a later one leaves it", () => {
  call(100 * MILLISECOND);
  call(500 * MILLISECOND);
  call(20 * MILLISECOND);
  expect(vi.getTimerCount()).toBe(1);
  pass(20, 20_000);
  expect(ended).toHaveLength(1);
  pass(80, 80_000);
  expect(ended).toHaveLength(2);
  pass(400, 400_000);
  expect(ended).toHaveLength(3);
});

test("a wait longer than a timer can take is cut and continued", () => {
  const days = 40 * 24 * 3_600_000;
  call(days * MILLISECOND);
  const longest = 2 ** 31 - 1;
  pass(longest, longest * 1_000);
  expect(ended).toEqual([]);
  pass(days - longest, (days - longest) * 1_000);
  expect(ended).toEqual([{ kind: "no_connection" }]);
});

test("a reply at the deadline wins, a microsecond later it is late, whatever the timer has done", () => {
  driver.subscribed("d", 1, { acks: true, oneShot: false });
  call();
  call();
  now += 100_000;
  driver.reply("d", delivered[0]?.requestId as number, "1");
  now += 1;
  driver.reply("d", delivered[1]?.requestId as number, "2");
  expect(ended).toEqual([{ kind: "reply", payload: "1" }, { kind: "timeout" }]);
  expect(driver.totals()).toMatchObject({
    calls: 2,
    pending: 0,
    strays: { late: 1 },
    settled: { reply: 1, timeout: 1 },
  });
});

test("a call is settled once: cancelling it afterwards does nothing", () => {
  const id = call();
  driver.cancel(id);
  driver.cancel(id);
  expect(ended).toEqual([{ kind: "cancelled" }]);
});

test("close cancels what waits and leaves no timer", () => {
  call();
  call();
  driver.close();
  expect(ended).toEqual([{ kind: "cancelled" }, { kind: "cancelled" }]);
  expect(vi.getTimerCount()).toBe(0);
});
