import { beforeEach, describe, expect, it } from "vitest";
import { countingRequestIds } from "./request-id.ts";
import { Requester } from "./requester.ts";
import type { RequesterEffect, RequesterInput } from "./requester-io.ts";
import type { RequesterOptions } from "./requester-options.ts";

const T = 5_000_000;
const OPTIONS: RequesterOptions = {
  requestIds: countingRequestIds(),
  strategy: "burst",
  maxRetries: 5,
  ackTimeout: 10_000_000,
  statusLimit: undefined,
  responseTimeout: 30_000_000,
  closeOnAckTimeout: false,
  quirks: new Set(),
};

let requester: Requester;
beforeEach(() => {
  requester = new Requester(OPTIONS);
});

const call = (id: number, more: Partial<RequesterInput & { kind: "call" }> = {}): RequesterInput => ({
  kind: "call",
  call: id,
  device: "d",
  oneway: false,
  method: "getValue",
  params: "null",
  timeout: T,
  wall: undefined,
  persistent: false,
  retries: 5,
  ...more,
});
const subscribed: RequesterInput = { kind: "subscribed", device: "d", session: 1, acks: true, oneShot: false };
const reply = (requestId: number, payload = "1"): RequesterInput => ({
  kind: "reply",
  device: "d",
  requestId,
  payload,
});
const tick: RequesterInput = { kind: "tick" };
const settlements = (effects: readonly RequesterEffect[]): string[] =>
  effects.flatMap((effect) => (effect.kind === "settle" ? [`${effect.call}:${effect.settlement.kind}`] : []));
const strays = (effects: readonly RequesterEffect[]): string[] =>
  effects.flatMap((effect) => (effect.kind === "stray" ? [effect.stray] : []));

describe("a subscribed device", () => {
  beforeEach(() => {
    requester.handle(subscribed, 0);
  });

  it("receives each call at once, numbered from 0", () => {
    const first = requester.handle(call(10), 0);
    const second = requester.handle(call(11), 1);
    expect(first).toMatchObject([{ kind: "deliver", session: 1, requestId: 0, method: "getValue", params: "null" }]);
    expect(second).toMatchObject([{ kind: "deliver", requestId: 1 }]);
  });

  it("settles the call its reply names, whatever the order of replies", () => {
    requester.handle(call(10), 0);
    requester.handle(call(11), 0);
    expect(requester.handle(reply(1, '"b"'), 5)).toEqual([
      { kind: "settle", call: 11, settlement: { kind: "reply", payload: '"b"' } },
    ]);
    expect(settlements(requester.handle(reply(0), 6))).toEqual(["10:reply"]);
    expect(requester.deadline).toBeUndefined();
    expect(requester.pending).toBe(0);
  });

  it("times a silent call out at its deadline, not before", () => {
    requester.handle(call(10), 100);
    expect(requester.deadline).toBe(100 + T);
    expect(requester.handle(tick, 100 + T - 1)).toEqual([]);
    expect(settlements(requester.handle(tick, 100 + T))).toEqual(["10:timeout"]);
  });

  it("lets a reply at exactly the deadline win, and one after it lose, even when the tick is late", () => {
    requester.handle(call(10), 0);
    expect(settlements(requester.handle(reply(0), T))).toEqual(["10:reply"]);
    requester.handle(call(11), T);
    const late = requester.handle(reply(1), 2 * T + 1);
    expect(settlements(late)).toEqual(["11:timeout"]);
    expect(strays(late)).toEqual(["late"]);
  });

  it("hands a one-way call over and ends it; the device's first answer to it is no stray", () => {
    const effects = requester.handle(call(10, { oneway: true }), 0);
    expect(effects.map((effect) => effect.kind)).toEqual(["deliver", "settle"]);
    expect(settlements(effects)).toEqual(["10:handed_over"]);
    expect(requester.handle(reply(0), 1)).toEqual([]);
    expect(strays(requester.handle(reply(0), 2))).toEqual(["duplicate"]);
  });

  it("tells late, duplicate and unknown replies apart", () => {
    requester.handle(call(10), 0);
    requester.handle(reply(0), 1);
    expect(strays(requester.handle(reply(0), 2))).toEqual(["duplicate"]);
    requester.handle(call(11), 3);
    requester.handle(tick, 3 + T);
    expect(strays(requester.handle(reply(1), 4 + T))).toEqual(["late"]);
    expect(strays(requester.handle(reply(1), 5 + T))).toEqual(["duplicate"]);
    expect(strays(requester.handle(reply(77), 6 + T))).toEqual(["unknown"]);
    expect(strays(requester.handle({ kind: "reply", device: "nobody", requestId: 0, payload: "" }, 7 + T))).toEqual([
      "unknown",
    ]);
  });

  it("answers the caller at the wall and keeps the exchange until its deadline", () => {
    requester.handle(call(10, { timeout: 10 * T, wall: T }), 0);
    expect(settlements(requester.handle(tick, T))).toEqual(["10:wall"]);
    expect(requester.pending).toBe(1);
    const effects = requester.handle(reply(0), 2 * T);
    expect(settlements(effects)).toEqual([]);
    expect(strays(effects)).toEqual(["late"]);
    expect(requester.pending).toBe(0);
  });

  it("drops a call that had expired on arrival and answers a second later", () => {
    expect(requester.handle(call(10, { timeout: 0 }), 0)).toEqual([]);
    expect(settlements(requester.handle(tick, 1_000_000))).toEqual(["10:dropped"]);
  });

  it("forgets a call whose caller went away; its reply is late", () => {
    requester.handle(call(10), 0);
    expect(settlements(requester.handle({ kind: "cancel", call: 10 }, 1))).toEqual(["10:cancelled"]);
    expect(requester.handle({ kind: "cancel", call: 10 }, 2)).toEqual([]);
    expect(strays(requester.handle(reply(0), 3))).toEqual(["late"]);
  });
});

describe("a device that is not subscribed", () => {
  it("gets the waiting calls in order when it subscribes in time", () => {
    requester.handle(call(10), 0);
    requester.handle(call(11, { oneway: true }), 1);
    const effects = requester.handle(subscribed, 2);
    expect(effects.map((effect) => effect.kind)).toEqual(["deliver", "deliver", "settle"]);
    expect(settlements(effects)).toEqual(["11:handed_over"]);
    expect(settlements(requester.handle(reply(0), 3))).toEqual(["10:reply"]);
  });

  it("is reported as no connection; one that subscribed midway and stayed silent is a timeout", () => {
    requester.handle(call(10), 0);
    expect(settlements(requester.handle(tick, T))).toEqual(["10:no_connection"]);
    requester.handle(call(11), T);
    requester.handle(subscribed, T + 1);
    expect(settlements(requester.handle(tick, 2 * T))).toEqual(["11:timeout"]);
  });

  it("stays no connection with the quirk sent-fixed-at-arrival (S2)", () => {
    requester = new Requester({ ...OPTIONS, quirks: new Set(["sent-fixed-at-arrival"]) });
    requester.handle(call(11), 0);
    requester.handle(subscribed, 1);
    expect(settlements(requester.handle(tick, T))).toEqual(["11:no_connection"]);
  });

  it("cannot answer what it never received", () => {
    requester.handle(call(10), 0);
    expect(strays(requester.handle(reply(0), 1))).toEqual(["unknown"]);
    expect(requester.pending).toBe(1);
  });

  it("is not handed again what it already received", () => {
    requester.handle(subscribed, 0);
    requester.handle(call(10), 0);
    requester.handle({ kind: "offline", device: "d", session: 1 }, 1);
    expect(requester.handle({ kind: "subscribed", device: "d", session: 2, acks: true, oneShot: false }, 2)).toEqual(
      [],
    );
    expect(settlements(requester.handle(reply(0), 3))).toEqual(["10:reply"]);
  });

  it("stays reachable when an older connection of it ends after the newer one subscribed", () => {
    requester.handle(subscribed, 0);
    requester.handle({ ...subscribed, session: 2 } as RequesterInput, 1);
    requester.handle({ kind: "offline", device: "d", session: 1 }, 2);
    expect(requester.handle(call(10), 3)).toMatchObject([{ kind: "deliver", session: 2 }]);
  });
});

describe("a small id space", () => {
  it("skips ids that are pending or lately ended, and refuses when none is free", () => {
    requester = new Requester({ ...OPTIONS, requestIds: countingRequestIds(4) });
    requester.handle(subscribed, 0);
    const ids = [10, 11, 12, 13]
      .map((id) => requester.handle(call(id), 0))
      .map(([effect]) => (effect as { requestId: number }).requestId);
    expect(ids).toEqual([0, 1, 2, 3]);
    expect(requester.handle(call(14), 0)).toEqual([]);
    requester.handle(reply(2), 1);
    requester.handle(reply(1), 1);
    requester.handle(reply(0), 1);
    // Ids 1 and 0 ended last and are in quarantine (half the space); 3 is pending.
    expect(requester.handle(call(15), 2)).toMatchObject([{ kind: "deliver", requestId: 2 }]);
  });
});
