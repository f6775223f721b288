import { describe, expect, it } from "vitest";
import type { Json } from "./message.ts";
import type { Verdict } from "./reaction.ts";
import type { ResponderEffect } from "./responder.ts";
import { behaviour, DROP, device, disconnect, ERROR, fault, hold, request, TICK } from "./responder-test-support.ts";

function ticketOf(effect: ResponderEffect): number | undefined {
  return "ticket" in effect ? effect.ticket : undefined;
}

describe("responder", () => {
  it("says at once what it will do, and replies exactly when it is due", () => {
    const responder = device(behaviour(50));
    expect(responder.handle(request(1), 10)).toEqual([{ kind: "programmed", ticket: 1, delay: 50, faults: 0 }]);
    expect(responder.deadline).toBe(60);
    expect(responder.handle(TICK, 59)).toEqual([]);
    expect(responder.handle(TICK, 60)).toEqual([
      {
        kind: "reply",
        ticket: 1,
        via: 0,
        requestId: 101,
        payload: '{"fine":true}',
        address: undefined,
        wire: undefined,
      },
    ]);
    expect(responder.deadline).toBeUndefined();
    expect(responder.pending).toBe(0);
  });

  it("a device that takes no time replies in the same breath", () => {
    expect(
      device(behaviour(0))
        .handle(request(1), 5)
        .map(({ kind }) => kind),
    ).toEqual(["programmed", "reply"]);
  });

  it("replies in the order they are due, equal ones in the order they came", () => {
    const delays = [30, 10, 10];
    const responder = device({ react: ({ key }) => ({ delay: delays[key] as number, reply: key }) });
    for (const ticket of [0, 1, 2]) responder.handle(request(ticket), 0);
    expect(responder.handle(TICK, 40).map(ticketOf)).toEqual([1, 2, 0]);
  });

  it("a device that went offline answers nothing of what it had", () => {
    const responder = device(behaviour(50));
    responder.handle(request(1), 0);
    expect(responder.handle({ kind: "offline" }, 60)).toEqual([]);
    expect(responder.handle(TICK, 100)).toEqual([]);
    responder.handle({ kind: "online" }, 100);
    responder.handle(request(2), 100);
    expect(responder.handle(TICK, 150)).toHaveLength(1);
  });

  it.each<[string, Json, Json, Json]>([
    ["an object gets it as a member", { a: 1 }, { nonce: "t-1" }, { a: 1, nonce: "t-1" }],
    ["anything else is wrapped", 5, { nonce: "t-1" }, { value: 5, nonce: "t-1" }],
    ["a list too", [1], { nonce: "t-1" }, { value: [1], nonce: "t-1" }],
    ["null too", null, { nonce: "t-1" }, { value: null, nonce: "t-1" }],
    ["a foreign nonce is replaced", { nonce: "x" }, { nonce: "t-1" }, { nonce: "t-1" }],
    ["without one the reply stays as it is", 5, { other: 1 }, 5],
  ])("the nonce is echoed: %s", (_, reply, params, sent) => {
    const [, effect] = device(behaviour(0, reply)).handle(request(1, params), 0);
    expect(JSON.parse((effect as { payload: string }).payload)).toEqual(sent);
  });

  const held = { delay: 70, faults: 0b1 };
  it.each<[string, readonly Verdict[], { delay: number | undefined; faults: number }, string, number]>([
    ["a drop silences", [DROP], { delay: undefined, faults: 0b1 }, "nothing", 0],
    ["a drop silences whatever else fires", [DROP, hold(70), ERROR], { delay: undefined, faults: 0b111 }, "nothing", 0],
    ["a hold delays", [hold(70)], held, "reply", 70],
    ["a hold shorter than the device has not fired", [hold(20)], { delay: 50, faults: 0 }, "reply", 50],
    ["the longest hold counts", [hold(90), hold(70)], { delay: 90, faults: 0b1 }, "reply", 90],
    ["an error replaces the reply", [ERROR], { delay: 50, faults: 0b1 }, "reply", 50],
    ["a disconnect comes when the reply was due", [disconnect(9)], { delay: undefined, faults: 0b1 }, "end", 50],
    ["a held disconnect comes later", [disconnect(9), hold(70)], { delay: undefined, faults: 0b11 }, "end", 70],
    ["a drop also silences a disconnect", [disconnect(9), DROP], { delay: undefined, faults: 0b11 }, "nothing", 0],
  ])("%s", (_, verdicts, programmed, ending, at) => {
    const faults = verdicts.map((verdict, i) => fault(`f${i}`, verdict));
    const responder = device(behaviour(50), faults);
    expect(responder.handle(request(1), 0)).toEqual([{ kind: "programmed", ticket: 1, ...programmed }]);
    expect(responder.deadline).toBe(ending === "nothing" ? undefined : at);
    const effects = responder.handle(TICK, 1_000);
    expect(effects.map(({ kind }) => kind)).toEqual(ending === "nothing" ? [] : [ending]);
  });

  it("the last replacement and the last disconnect win", () => {
    const replaced = device(behaviour(0), [fault("a", ERROR), fault("b", { kind: "replace", reply: "second" })]);
    expect(replaced.handle(request(1), 0)[1]).toMatchObject({ payload: '"second"' });
    const gone = device(behaviour(0), [fault("a", disconnect(1)), fault("b", disconnect(2))]);
    expect(gone.handle(request(1), 0)[1]).toMatchObject({ kind: "end", reconnectAfter: 2 });
  });

  it("draws are keyed by the call, or by how many requests came before when there is none", () => {
    const keys: number[][] = [];
    const responder = device({
      react: ({ key, ordinal }) => {
        keys.push([key, ordinal]);
        return { delay: 0, reply: null };
      },
    });
    responder.handle(request(0, null, 900), 0);
    responder.handle({ ...request(1), call: undefined }, 0);
    responder.handle({ ...request(2), call: undefined }, 0);
    expect(keys).toEqual([
      [900, 1],
      [1, 2],
      [2, 3],
    ]);
  });
});

describe("bits", () => {
  it("a device's own connection that ends leaves the answers of a second one alone", () => {
    const responder = device(behaviour(50));
    responder.handle(request(1), 0);
    responder.handle({ ...request(2), via: 1 }, 0);
    responder.handle({ kind: "offline" }, 10);
    expect(responder.handle(TICK, 100).map(ticketOf)).toEqual([2]);
    responder.handle({ ...request(3), via: 1 }, 100);
    expect(responder.handle(TICK, 200).map(ticketOf)).toEqual([3]);
  });

  it("32 faults are told apart", () => {
    const faults = Array.from({ length: 32 }, (_, i) => fault(`f${i}`, i === 0 || i === 31 ? ERROR : { kind: "pass" }));
    expect(device(behaviour(50), faults).handle(request(1), 0)[0]).toMatchObject({ faults: 2 ** 31 + 1 });
  });
});
