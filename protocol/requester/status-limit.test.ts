/** Contract S20: a status update beyond the device's message limit is lost silently. */
import { beforeEach, describe, expect, it } from "vitest";
import { countingRequestIds } from "./request-id.ts";
import { Requester } from "./requester.ts";
import type { CallInput, RequesterEffect, RequesterInput } from "./requester-io.ts";
import type { RequesterOptions } from "./requester-options.ts";

const SECOND = 1_000_000;

let passes: boolean;
/** Who was asked for. */
let asked: string[];
beforeEach(() => {
  passes = true;
  asked = [];
});

/** A machine with one connection, and what its inputs bring: statuses and settlements. */
function machine(acks: boolean, more: Partial<RequesterOptions> = {}) {
  const requester = new Requester({
    requestIds: countingRequestIds(),
    strategy: "burst",
    maxRetries: 5,
    ackTimeout: 10 * SECOND,
    responseTimeout: 30 * SECOND,
    closeOnAckTimeout: false,
    quirks: new Set(),
    statusLimit: (device, persistent) => {
      asked.push(persistent ? `${device} persistent` : device);
      return passes;
    },
    ...more,
  });
  const apply = (input: RequesterInput, now: number): readonly string[] => requester.handle(input, now).map(words);
  apply({ kind: "subscribed", device: "d", session: 1, acks, oneShot: false }, 0);
  let calls = 0;
  return {
    call: (more: Partial<CallInput> = {}) => apply({ ...CALL, call: calls++, ...more }, 0),
    ack: (now: number) => apply({ kind: "ack", device: "d", requestId: 0 }, now),
    reply: (now: number) => apply({ kind: "reply", device: "d", requestId: 0, payload: "1" }, now),
    tick: (now: number) => apply({ kind: "tick" }, now),
  };
}

const CALL: CallInput = {
  kind: "call",
  call: 0,
  device: "d",
  oneway: false,
  method: "m",
  params: "null",
  timeout: 60 * SECOND,
  wall: undefined,
  persistent: false,
  retries: 0,
};

function words(effect: RequesterEffect): string {
  if (effect.kind === "deliver") return effect.awaitsAck ? "deliver for ack" : "deliver";
  if (effect.kind === "status") return effect.status;
  return effect.kind === "settle" ? effect.settlement.kind : effect.kind;
}

describe("what costs a message", () => {
  it.each([
    ["SENT and DELIVERED of a persistent call", true, { persistent: true }, ["d persistent"], ["d persistent"]],
    ["DELIVERED alone of any other", true, {}, [], ["d"]],
    ["DELIVERED of one that is answered in time to need no acknowledgement", true, { timeout: SECOND }, [], ["d"]],
    ["DELIVERED of a one-way call that has ended", true, { oneway: true }, [], ["d"]],
    ["DELIVERED when it is written, if nobody acknowledges", false, {}, ["d"], []],
    ["so of a one-way call", false, { oneway: true }, ["d"], []],
  ] as const)("%s", (_name, acks, fields, atDelivery, atAck) => {
    const device = machine(acks);
    expect(device.call(fields)[0]).toBe(acks ? "deliver for ack" : "deliver");
    expect(asked.splice(0)).toEqual(atDelivery);
    if (!acks) return;
    device.ack(1);
    expect(asked).toEqual(atAck);
  });

  it("TIMEOUT of a call that is not acknowledged", () => {
    const device = machine(true);
    device.call();
    device.tick(10 * SECOND);
    expect(asked).toEqual(["d"]);
  });
});

describe("beyond the limit", () => {
  it("SENT is lost, and the request is sent all the same", () => {
    const device = machine(true);
    passes = false;
    expect(device.call({ persistent: true })).toEqual(["deliver for ack"]);
    passes = true;
    expect(device.ack(1)).toEqual(["DELIVERED"]);
  });

  it("DELIVERED is lost: nothing times out for want of it, and a reply ends the call", () => {
    const device = machine(true);
    expect(device.call({ persistent: true })).toEqual(["deliver for ack", "SENT"]);
    passes = false;
    expect(device.ack(1)).toEqual([]);
    passes = true;
    expect(device.tick(30 * SECOND)).toEqual([]);
    expect(device.reply(31 * SECOND)).toEqual(["SUCCESSFUL"]);
  });

  it("a lost DELIVERED holds up the queue behind it until the reply", () => {
    for (const acks of [true, false]) {
      const device = machine(acks, { strategy: "on_ack" });
      passes = false;
      device.call();
      expect(device.call()).toEqual([]);
      expect(device.ack(1)).toEqual([]);
      passes = true;
      expect(device.reply(2)).toEqual(["reply", acks ? "deliver for ack" : "deliver"]);
    }
  });

  it("TIMEOUT is lost: the call neither fails nor is sent again, and expires", () => {
    const device = machine(true, { strategy: "on_ack" });
    device.call({ persistent: true, retries: 3 });
    passes = false;
    expect(device.tick(10 * SECOND)).toEqual([]);
    expect(device.tick(59 * SECOND)).toEqual([]);
    expect(device.tick(60 * SECOND)).toEqual(["EXPIRED"]);
  });
});
