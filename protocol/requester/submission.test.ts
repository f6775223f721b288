/** Strategies, acknowledgements, retries and sessions: contract S7, S8, S10, S11, S18, S19 and their quirks. */
import { describe, expect, it } from "vitest";
import type { Quirk } from "./quirk.ts";
import { countingRequestIds } from "./request-id.ts";
import { Requester } from "./requester.ts";
import type { RequesterEffect, RequesterInput, SubmitStrategy } from "./requester-io.ts";
import type { RequesterOptions } from "./requester-options.ts";

const SECOND = 1_000_000;
const T = 60 * SECOND;

/** A machine and a log in words: `deliver 0>1` is request 0 to session 1. */
function machine(strategy: SubmitStrategy, more: Partial<RequesterOptions> = {}, quirks: readonly Quirk[] = []) {
  const requester = new Requester({
    requestIds: countingRequestIds(),
    strategy,
    maxRetries: 5,
    ackTimeout: 10 * SECOND,
    statusLimit: undefined,
    responseTimeout: 30 * SECOND,
    closeOnAckTimeout: false,
    quirks: new Set(quirks),
    ...more,
  });
  let calls = 0;
  const apply = (input: RequesterInput, now: number): string[] => requester.handle(input, now).map(words);
  return {
    requester,
    call: (now: number, more: Partial<RequesterInput & { kind: "call" }> = {}) =>
      apply(
        {
          kind: "call",
          call: calls++,
          device: "d",
          oneway: false,
          method: "m",
          params: "null",
          timeout: T,
          wall: undefined,
          persistent: false,
          retries: 5,
          ...more,
        },
        now,
      ),
    subscribe: (now: number, session = 1, manner: { acks?: boolean; oneShot?: boolean } = {}) =>
      apply({ kind: "subscribed", device: "d", session, acks: true, oneShot: false, ...manner }, now),
    offline: (now: number, session = 1) => apply({ kind: "offline", device: "d", session }, now),
    ack: (now: number, requestId: number) => apply({ kind: "ack", device: "d", requestId }, now),
    reply: (now: number, requestId: number) => apply({ kind: "reply", device: "d", requestId, payload: "1" }, now),
    fail: (now: number, requestId: number) =>
      apply({ kind: "undeliverable", device: "d", requestId, payload: '{"error":"no"}' }, now),
    tick: (now: number) => apply({ kind: "tick" }, now),
  };
}

function words(effect: RequesterEffect): string {
  switch (effect.kind) {
    case "deliver":
      return `deliver ${effect.requestId}>${effect.session}`;
    case "settle":
      return `settle ${effect.call} ${effect.settlement.kind}`;
    case "status":
      return `status ${effect.call} ${effect.status}`;
    case "stray":
      return `stray ${effect.requestId} ${effect.stray}`;
    case "close_session":
      return `close ${effect.session}`;
  }
}

describe("on_ack", () => {
  it("sends the next request when the last one is acknowledged, answered or not", () => {
    const it = machine("on_ack");
    it.subscribe(0);
    expect([it.call(0), it.call(0), it.call(0)]).toEqual([["deliver 0>1"], [], []]);
    expect(it.ack(1, 0)).toEqual(["deliver 1>1"]);
    expect(it.reply(2, 1)).toEqual(["settle 1 reply", "deliver 2>1"]);
    expect(it.reply(3, 0)).toEqual(["settle 0 reply"]);
  });

  it("answers a one-way call at once when its turn is now, and when it is acknowledged if it had to wait (S18)", () => {
    const it = machine("on_ack");
    it.subscribe(0);
    expect(it.call(0, { oneway: true })).toEqual(["deliver 0>1", "settle 0 handed_over"]);
    it.call(0);
    expect(it.call(0, { oneway: true })).toEqual([]);
    expect(it.ack(1, 1)).toEqual(["deliver 2>1"]);
    expect(it.ack(2, 2)).toEqual(["settle 2 handed_over"]);
  });

  it("gives a one-way caller the reply when that came before the acknowledgement (S18)", () => {
    const it = machine("on_ack");
    it.subscribe(0);
    it.call(0);
    it.call(0, { oneway: true });
    it.ack(1, 0);
    expect(it.reply(2, 1)).toEqual(["settle 1 reply"]);
  });

  it("does not wait for acknowledgements that a connection never sends", () => {
    const it = machine("on_ack");
    it.subscribe(0, 1, { acks: false });
    expect([it.call(0), it.call(0)]).toEqual([["deliver 0>1"], ["deliver 1>1"]]);
  });

  it("sends an unacknowledged request again at once, until its retries are used up; then the queue moves on (S11)", () => {
    const it = machine("on_ack");
    it.subscribe(0);
    it.call(0, { retries: 1 });
    it.call(0);
    expect(it.tick(10 * SECOND)).toEqual(["deliver 0>1"]);
    expect(it.tick(20 * SECOND)).toEqual(["deliver 1>1"]);
    // Its caller hears from the timer of last resort.
    expect(it.tick(T)).toContain("settle 1 timeout");
    expect(it.tick(T + SECOND)).toEqual(["settle 0 dropped"]);
  });
});

describe("on_response", () => {
  it("sends the next request when the last one is answered", () => {
    const it = machine("on_response");
    it.subscribe(0);
    it.call(0);
    expect(it.call(0)).toEqual([]);
    expect(it.ack(1, 0)).toEqual([]);
    expect(it.reply(2, 0)).toEqual(["settle 0 reply", "deliver 1>1"]);
  });

  it("moves on when no reply comes after the acknowledgement", () => {
    const it = machine("on_response");
    it.subscribe(0);
    it.call(0);
    it.call(0, { persistent: true });
    it.ack(SECOND, 0);
    expect(it.tick(31 * SECOND)).toEqual(["settle 0 timeout", "deliver 1>1", "status 1 SENT"]);
    expect(it.ack(32 * SECOND, 1)).toEqual(["status 1 DELIVERED"]);
    expect(it.tick(62 * SECOND - 2)).toEqual(["status 1 EXPIRED"]);
  });

  it("does not send what has waited until its own deadline, although the call in front of it has expired", () => {
    const it = machine("on_response");
    it.call(0);
    it.call(0, { oneway: true });
    it.subscribe(1);
    expect(it.reply(T + 1, 0).sort()).toEqual(["settle 0 timeout", "settle 1 no_connection", "stray 0 late"]);
  });

  it("leaves the caller to the timer of last resort with the quirk response-timeout-silent (T7)", () => {
    const it = machine("on_response", {}, ["response-timeout-silent"]);
    it.subscribe(0);
    it.call(0);
    it.ack(SECOND, 0);
    expect(it.tick(31 * SECOND)).toEqual([]);
    expect(it.tick(T)).toEqual([]);
    expect(it.tick(T + SECOND)).toEqual(["settle 0 dropped"]);
  });
});

describe("acknowledgements in burst", () => {
  it("are asked for only where they can matter", () => {
    const it = machine("burst");
    it.subscribe(0);
    const awaits = (timeout: number, persistent: boolean): unknown =>
      it.requester.handle(
        {
          kind: "call",
          call: timeout + Number(persistent),
          device: "d",
          oneway: false,
          method: "m",
          params: "null",
          timeout,
          wall: undefined,
          persistent,
          retries: 5,
        },
        0,
      )[0];
    expect(awaits(10 * SECOND, false)).toMatchObject({ awaitsAck: false });
    expect(awaits(11 * SECOND, false)).toMatchObject({ awaitsAck: true });
    expect(awaits(5 * SECOND, true)).toMatchObject({ awaitsAck: true });
  });

  it("end a call that may not be retried; nothing is sent again by itself", () => {
    const it = machine("burst");
    it.subscribe(0);
    it.call(0, { retries: 0 });
    it.call(0);
    expect(it.tick(10 * SECOND)).toEqual([]);
    expect(it.subscribe(11 * SECOND)).toEqual(["deliver 1>1"]);
    expect(it.reply(12 * SECOND, 0)).toEqual(["stray 0 late"]);
    expect(it.tick(T)).toEqual(["settle 1 timeout"]);
    expect(it.tick(T + SECOND)).toEqual(["settle 0 dropped"]);
  });

  it("close the connection instead when told to", () => {
    const it = machine("burst", { closeOnAckTimeout: true });
    it.subscribe(0);
    it.call(0, { persistent: true, retries: 0 });
    expect(it.tick(10 * SECOND)).toEqual(["status 0 TIMEOUT", "status 0 QUEUED", "close 1"]);
    expect(it.subscribe(11 * SECOND, 2)).toEqual(["deliver 0>2", "status 0 SENT"]);
  });

  it("count when they come late", () => {
    const it = machine("burst");
    it.subscribe(0);
    it.call(0, { persistent: true });
    expect(it.tick(10 * SECOND)).toEqual(["status 0 TIMEOUT"]);
    expect(it.ack(11 * SECOND, 0)).toEqual(["status 0 DELIVERED"]);
  });
});

describe("connections", () => {
  it("all get a request when a device has several; the first reply counts (S8)", () => {
    const it = machine("burst");
    it.subscribe(0, 1);
    it.subscribe(0, 2);
    expect(it.call(0)).toEqual(["deliver 0>1", "deliver 0>2"]);
    expect([it.reply(1, 0), it.reply(2, 0)]).toEqual([["settle 0 reply"], ["stray 0 duplicate"]]);
  });

  it("that take one request get the oldest one (9.2)", () => {
    const it = machine("burst");
    it.call(0);
    it.call(0);
    const poll = { acks: false, oneShot: true };
    expect(it.subscribe(1, 1, poll)).toEqual(["deliver 0>1"]);
    expect(it.subscribe(2, 2, poll)).toEqual(["deliver 1>2"]);
    expect(it.call(3)).toEqual([]);
  });

  it("that end give back what a persistent call's owner was promised, once it was not acknowledged", () => {
    for (const quirks of [[], ["stuck-on-close"]] as const) {
      const it = machine("burst", {}, quirks);
      it.subscribe(0);
      it.call(0, { persistent: true });
      it.call(0);
      it.offline(1);
      expect(it.subscribe(2, 2)).toEqual(quirks.length === 0 ? ["deliver 0>2"] : []);
    }
  });

  it("are sent everything unfinished again with the quirk repush-delivered (S7)", () => {
    const it = machine("burst", {}, ["repush-delivered"]);
    it.subscribe(0);
    it.call(0);
    it.call(0, { persistent: true });
    it.ack(1, 1);
    expect(it.subscribe(2)).toEqual(["deliver 0>1", "deliver 1>1", "status 1 SENT"]);
  });
});

it("a request that cannot be written is answered with the transport's words (S19)", () => {
  const it = machine("burst");
  it.subscribe(0);
  it.call(0);
  it.call(0, { persistent: true });
  expect(it.fail(1, 0)).toEqual(["settle 0 reply"]);
  expect(it.fail(1, 1)).toEqual(["status 1 FAILED"]);
});
