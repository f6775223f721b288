import { describe, expect, it } from "vitest";
import { CLIENT_OUTCOMES, type ClientCallColumns } from "../../protocol/client-call-records.ts";
import { MILLISECOND, SECOND } from "../../protocol/time.ts";
import { ClientCaller } from "./client-caller.ts";

const ORIGIN = 5_000 * SECOND;
const TIMEOUT = 100 * MILLISECOND;
const NEVER = Number.NaN;

/** A caller with connections and a clock of our own; calls are given as [instant in ms, device]. */
function setUp(calls: readonly (readonly [ms: number, device: number])[]) {
  const sent: [device: number, requestId: number, payload: string][] = [];
  const offline = new Set<number>();
  const clock = { now: ORIGIN };
  const plan = {
    method: "getCurrentTime",
    params: '{"zone":2}',
    timeout: TIMEOUT,
    intendedUs: Float64Array.from(calls, ([ms]) => ms * MILLISECOND),
    devices: Uint32Array.from(calls, ([, device]) => device),
  };
  const caller = new ClientCaller(plan, 3, (device, requestId, payload) => {
    if (offline.has(device)) return undefined;
    sent.push([device, requestId, payload]);
    return clock.now;
  });
  /** Lets time pass as the fleet's heap would, up to `ms` after the origin. */
  const runTo = (ms: number): void => {
    const end = ORIGIN + ms * MILLISECOND;
    for (let due = caller.due; due !== undefined && due <= end; due = caller.due) {
      clock.now = Math.max(clock.now, due);
      caller.tick(clock.now);
    }
    clock.now = end;
  };
  const answer = (device: number, requestId: number, payload = "1"): void =>
    caller.answer(device, requestId, payload, clock.now);
  return { caller, sent, offline, clock, runTo, answer };
}

/** Outcome, and sent and settled in milliseconds, of each row. */
function rowsOf(columns: ClientCallColumns | undefined): unknown[] {
  if (columns === undefined) return [];
  return Array.from({ length: columns.length }, (_, row) => [
    CLIENT_OUTCOMES[columns.outcome[row] as number],
    (columns.sentUs[row] as number) / MILLISECOND,
    (columns.settledUs[row] as number) / MILLISECOND,
  ]);
}

describe("the devices' own calls", () => {
  it("wait for the origin, then start at their instants, with ids of their own device", () => {
    const { caller, sent, runTo, clock } = setUp([
      [0, 2],
      [4, 1],
      [9, 2],
    ]);
    expect(caller.due).toBeUndefined();
    caller.tick(clock.now);
    expect([sent.length, caller.pending]).toEqual([0, 0]);
    expect(caller.report(clock.now)).toBeUndefined();
    caller.begin(ORIGIN);
    expect([caller.due, caller.pending]).toEqual([ORIGIN, 3]);
    runTo(3);
    expect(sent).toEqual([[2, 1, '{"method":"getCurrentTime","params":{"zone":2}}']]);
    expect(caller.due).toBe(ORIGIN + 4 * MILLISECOND);
    runTo(9);
    expect(sent.map(([device, id]) => [device, id])).toEqual([
      [2, 1],
      [1, 1],
      [2, 2],
    ]);
  });

  it("end with their answer, each with its own, in any order", () => {
    const { caller, clock, runTo, answer } = setUp([
      [0, 0],
      [1, 0],
      [2, 1],
    ]);
    caller.begin(ORIGIN);
    runTo(10);
    answer(0, 2);
    clock.now += MILLISECOND;
    answer(1, 1);
    answer(0, 1);
    expect([caller.pending, caller.due]).toEqual([0, undefined]);
    expect(rowsOf(caller.report(clock.now))).toEqual([
      ["ok", 0, 11],
      ["ok", 1, 10],
      ["ok", 2, 11],
    ]);
  });

  it.each([
    ['{"error":"timeout"}', "error"],
    ['{"error":null}', "error"],
    ["1764000000000", "ok"],
    ['"the word \\"error\\" in a text"', "ok"],
    ['["error"]', "ok"],
    ['{"reading":{"error":1}}', "ok"],
    ['{"error":', "ok"],
    ["", "ok"],
  ])("the answer %s is %s", (payload, outcome) => {
    const { caller, clock, runTo, answer } = setUp([[0, 0]]);
    caller.begin(ORIGIN);
    runTo(1);
    answer(0, 1, payload);
    expect(rowsOf(caller.report(clock.now))).toEqual([[outcome, 0, 1]]);
  });

  it("time out by their own send, whatever others still wait for", () => {
    const { caller, clock, runTo, answer } = setUp([
      [0, 0],
      [10, 1],
      [20, 2],
    ]);
    caller.begin(ORIGIN);
    runTo(50);
    answer(1, 1);
    expect(caller.due).toBe(ORIGIN + TIMEOUT);
    runTo(119);
    expect(caller.due).toBe(ORIGIN + 120 * MILLISECOND);
    runTo(200);
    expect(rowsOf(caller.report(clock.now))).toEqual([
      ["timeout", 0, 100],
      ["ok", 10, 50],
      ["timeout", 20, 120],
    ]);
  });

  it("are answered in time at exactly the timeout, and too late after it, however late the tick comes", () => {
    const { caller, clock, runTo, answer } = setUp([
      [0, 0],
      [0, 1],
    ]);
    caller.begin(ORIGIN);
    runTo(1);
    clock.now = ORIGIN + TIMEOUT;
    answer(0, 1);
    clock.now += 1;
    answer(1, 1);
    // Neither a second answer nor one to nothing matters.
    answer(1, 1);
    answer(2, 7);
    expect(rowsOf(caller.report(clock.now))).toEqual([
      ["ok", 0, 100],
      ["timeout", 0, 100.001],
    ]);
  });

  it("are lost with their connection, and dropped without one", () => {
    const { caller, sent, clock, offline, runTo, answer } = setUp([
      [0, 0],
      [1, 1],
      [2, 0],
      [20, 0],
      [30, 0],
    ]);
    caller.begin(ORIGIN);
    runTo(10);
    offline.add(0);
    caller.offline(0, clock.now);
    runTo(25);
    offline.clear();
    runTo(35);
    // Ids go on after a reconnect: an answer to an old one must not settle a new call.
    expect(sent.at(-1)?.slice(0, 2)).toEqual([0, 3]);
    answer(0, 1);
    answer(0, 3);
    answer(1, 1);
    expect(rowsOf(caller.report(clock.now))).toEqual([
      ["lost", 0, 10],
      ["ok", 1, 35],
      ["lost", 2, 10],
      ["dropped", NEVER, NEVER],
      ["ok", 30, 35],
    ]);
  });

  it("that are overdue after a pause are all sent, and timed from their plan", () => {
    const { caller, sent, clock, answer } = setUp([
      [0, 0],
      [1, 1],
      [2, 2],
    ]);
    caller.begin(ORIGIN);
    clock.now = ORIGIN + 50 * MILLISECOND;
    caller.tick(clock.now);
    expect(sent.length).toBe(3);
    for (const device of [0, 1, 2]) answer(device, 1);
    const columns = caller.report(clock.now) as ClientCallColumns;
    expect([...columns.intendedUs]).toEqual([0, MILLISECOND, 2 * MILLISECOND]);
    expect(rowsOf(columns)).toEqual([50, 50, 50].map((at) => ["ok", at, at]));
  });

  it("planned beyond the workload's end are no part of the run, those before it are waited for", () => {
    const { caller, clock, runTo, answer } = setUp([
      [0, 0],
      [10, 1],
      [20, 2],
    ]);
    caller.begin(ORIGIN);
    runTo(5);
    answer(0, 1);
    caller.end({ plannedUntil: 20 * MILLISECOND, interrupted: false });
    expect(caller.pending).toBe(1);
    runTo(30);
    answer(1, 1);
    expect(caller.pending).toBe(0);
    expect(rowsOf(caller.report(clock.now))).toEqual([
      ["ok", 0, 5],
      ["ok", 10, 30],
    ]);
  });

  it("of an interrupted run are all accounted for: ended, lost, dropped", () => {
    const { caller, sent, clock, runTo, answer } = setUp([
      [0, 0],
      [1, 1],
      [20, 2],
      [90, 2],
    ]);
    caller.begin(ORIGIN);
    runTo(5);
    answer(0, 1);
    caller.end({ plannedUntil: 50 * MILLISECOND, interrupted: true });
    expect(caller.pending).toBe(0);
    runTo(30);
    expect(sent.length).toBe(2);
    expect(rowsOf(caller.report(clock.now))).toEqual([
      ["ok", 0, 5],
      ["lost", 1, 30],
      ["dropped", NEVER, NEVER],
    ]);
  });
});
