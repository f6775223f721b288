import { describe, expect, it } from "vitest";
import type { Json } from "./message.ts";
import type { Behaviour, Verdict } from "./reaction.ts";
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

/** What the device does for one request under these verdicts, with instants. */
function played(verdicts: readonly Verdict[], delivery: number | undefined = undefined): [number, ResponderEffect][] {
  const responder = device(
    behaviour(50),
    verdicts.map((verdict, i) => fault(`f${i}`, verdict)),
  );
  const seen: [number, ResponderEffect][] = [];
  const note = (now: number) => (effect: ResponderEffect) => void seen.push([now, effect]);
  responder.handle({ ...request(1, { nonce: "t-1" }), delivery }, 0).forEach(note(0));
  for (let { deadline } = responder; deadline !== undefined; deadline = responder.deadline) {
    responder.handle(TICK, deadline).forEach(note(deadline));
  }
  return seen;
}

const kinds = (seen: readonly [number, ResponderEffect][]): (string | number)[][] =>
  seen.map(([at, { kind }]) => [at, kind]);

describe("verdicts", () => {
  it("a lost request is neither acknowledged nor acted on", () => {
    const acted: number[] = [];
    const policy: Behaviour = {
      react: ({ key }) => {
        acted.push(key);
        return { delay: 0, reply: null };
      },
    };
    const effects = device(policy, [fault("f", { kind: "lose" })]).handle({ ...request(1), delivery: 9 }, 0);
    expect(effects).toEqual([{ kind: "programmed", ticket: 1, delay: undefined, faults: 1 }]);
    expect(acted).toEqual([]);
  });

  it.each<[string, readonly Verdict[], (string | number)[][]]>([
    [
      "at once",
      [],
      [
        [0, "acknowledge"],
        [50, "reply"],
      ],
    ],
    [
      "after the reply",
      [{ kind: "ack", after: 60 }],
      [
        [50, "reply"],
        [60, "acknowledge"],
      ],
    ],
    ["never", [{ kind: "ack", after: undefined }], [[50, "reply"]]],
    ["and never replied to", [DROP], [[0, "acknowledge"]]],
  ])("a request is acknowledged %s", (_, verdicts, expected) => {
    expect(kinds(played(verdicts, 9)).slice(1)).toEqual(expected);
  });

  it.each<[string, readonly Verdict[], number[]]>([
    [
      "delays add up",
      [
        { kind: "add", delay: 5 },
        { kind: "add", delay: 7 },
      ],
      [62],
    ],
    ["a slow device takes a multiple", [{ kind: "scale", factor: 2.5 }], [125]],
    [
      "an exact instant overrides",
      [
        { kind: "add", delay: 5 },
        { kind: "exactly", after: 20 },
      ],
      [20],
    ],
    ["copies follow", [{ kind: "repeat", copies: 2, gap: 10 }], [50, 60, 70]],
    ["copies without a gap", [{ kind: "repeat", copies: 1, gap: 0 }], [50, 50]],
  ])("%s", (_, verdicts, at) => {
    expect(
      played(verdicts)
        .slice(1)
        .map(([instant]) => instant),
    ).toEqual(at);
  });

  it("an edit has the last word over the payload, also over the nonce", () => {
    const edit = (payload: string | Uint8Array): string => `${payload}`.slice(0, 5);
    const [, reply] = played([{ kind: "edit", edit }, ERROR]).map(([, effect]) => effect);
    expect(reply).toMatchObject({ payload: '{"err' });
  });

  it("address and wire form go along with the reply", () => {
    const wire = { kind: "split", at: 1 } as const;
    const verdicts: Verdict[] = [
      { kind: "address", address: { requestId: "7x" } },
      { kind: "address", address: { retain: true } },
      { kind: "wire", wire },
    ];
    expect(played(verdicts)[1]?.[1]).toMatchObject({ address: { requestId: "7x", retain: true }, wire });
  });

  it("an ending may come after the reply instead of in its place", () => {
    const end: Verdict = { kind: "end", how: "reset", instead: false, reconnectAfter: 3 };
    expect(kinds(played([end]))).toEqual([
      [0, "programmed"],
      [50, "reply"],
      [50, "end"],
    ]);
  });

  it("a kept reply waits for the next connection; a reboot loses it", () => {
    const responder = device(behaviour(50), [fault("f", { kind: "keep" })]);
    const ends = (): string[] => responder.handle({ kind: "online" }, 200).map(({ kind }) => kind);
    responder.handle(request(1), 0);
    responder.handle({ kind: "offline" }, 10);
    expect(responder.handle(TICK, 100)).toEqual([]);
    expect(ends()).toEqual(["reply"]);
    expect(ends()).toEqual([]);
    responder.handle(request(2), 200);
    responder.handle({ kind: "offline" }, 210);
    responder.handle({ kind: "reboot" }, 220);
    expect(responder.pending).toBe(0);
  });

  it.each<[string, Verdict, number[]]>([
    ["put off to an instant of its own reckoning", { kind: "defer", to: (delay) => delay * 3 }, [150]],
    ["put off for ever", { kind: "defer", to: () => undefined }, []],
    ["earlier, but not before the request", { kind: "add", delay: -80 }, [0]],
  ])("a reply is %s", (_, verdict, at) => {
    const seen = played([verdict]).slice(1);
    expect(seen.map(([instant]) => instant)).toEqual(at);
  });

  it("the acknowledgement may come last, or at once when there is no reply to wait for", () => {
    const last: Verdict = { kind: "ack_last", gap: 0 };
    expect(kinds(played([last], 9)).slice(1)).toEqual([
      [50, "reply"],
      [51, "acknowledge"],
    ]);
    expect(kinds(played([last, DROP], 9)).slice(1)).toEqual([[0, "acknowledge"]]);
  });

  it.each<Verdict>([
    { kind: "ack", after: undefined },
    { kind: "ack_last", gap: 1 },
  ])("$kind has not fired where no acknowledgement is wanted", (verdict) => {
    expect(played([verdict])[0]?.[1]).toMatchObject({ faults: 0 });
    expect(played([verdict], 9)[0]?.[1]).toMatchObject({ faults: 1 });
  });

  it("several verdicts of one fault are one fault", () => {
    const several: Verdict = { kind: "several", verdicts: [hold(70), { kind: "address", address: { retain: true } }] };
    const [first, second] = played([several]);
    expect(first).toMatchObject([0, { faults: 0b1, delay: 70 }]);
    expect(second).toMatchObject([70, { address: { retain: true } }]);
  });

  it("a fault whose verdicts all changed nothing is told so, and is not among those that fired", () => {
    const told: string[] = [];
    const idle = (name: string, verdict: Verdict) => ({ ...fault(name, verdict), spared: () => told.push(name) });
    const faults = [
      idle("a", hold(20)),
      idle("b", { kind: "several", verdicts: [hold(10), { kind: "keep" }] }),
      idle("c", { kind: "defer", to: (delay) => delay }),
      idle("d", { kind: "add", delay: 5 }),
    ];
    expect(device(behaviour(50), faults).handle(request(1), 0)[0]).toMatchObject({ faults: 0b1010, delay: 55 });
    expect(told).toEqual(["a", "c"]);
  });
});

describe("verdicts about more than one reply", () => {
  /** Plays the requests of `arrivals` through; faults judge by their key. */
  function through(arrivals: readonly number[], verdictOf: (key: number) => Verdict | undefined): [number, number][] {
    const judge = { name: "f", judge: ({ key }: { key: number }) => verdictOf(key) ?? ({ kind: "pass" } as const) };
    const responder = device(behaviour(50), [judge]);
    const seen: [number, number][] = [];
    const note = (now: number, effects: readonly ResponderEffect[]): void => {
      for (const effect of effects) {
        if (effect.kind === "reply") seen.push([now, effect.ticket]);
        if (effect.kind === "again") note(now, responder.handle({ ...effect, ticket: effect.ticket + 100 }, now));
      }
    };
    const runUntil = (end: number): void => {
      for (let { deadline } = responder; deadline !== undefined && deadline <= end; deadline = responder.deadline) {
        note(deadline, responder.handle(TICK, deadline));
      }
    };
    for (const [ticket, at] of arrivals.entries()) {
      runUntil(at);
      note(at, responder.handle(request(ticket), at));
    }
    runUntil(10_000);
    expect(responder.pending).toBe(0);
    return seen;
  }

  const behind = (replies: number): Verdict => ({ kind: "behind", replies, within: 500 });

  it.each<[string, (key: number) => Verdict | undefined, [number, number][]]>([
    [
      "one lets two others go first",
      (key) => (key === 0 ? behind(2) : undefined),
      [
        [51, 1],
        [52, 2],
        [52, 0],
        [53, 3],
      ],
    ],
    [
      "two that wait do not wait for each other",
      (key) => (key < 2 ? behind(1) : undefined),
      [
        [52, 2],
        [52, 0],
        [52, 1],
        [53, 3],
      ],
    ],
    [
      "it waits no longer than it may",
      (key) => (key === 3 ? behind(1) : undefined),
      [
        [50, 0],
        [51, 1],
        [52, 2],
        [553, 3],
      ],
    ],
    [
      "a slow link carries one after the other",
      // 13 bytes, 100 us each.
      () => ({ kind: "pace", bytesPerSecond: 10_000 }),
      [
        [50 + 1_300, 0],
        [50 + 2_600, 1],
        [50 + 3_900, 2],
        [50 + 5_200, 3],
      ],
    ],
    [
      "a request that comes again is acted on again",
      (key) => (key === 1 ? { kind: "again", copies: 2, gap: 10 } : undefined),
      [
        [50, 0],
        [51, 1],
        [52, 2],
        [53, 3],
        [61, 101],
        [71, 101],
      ],
    ],
  ])("%s", (_, verdictOf, expected) => {
    expect(through([0, 1, 2, 3], verdictOf)).toEqual(expected);
  });

  it("a lost connection takes those that waited with it", () => {
    const responder = device(behaviour(50), [fault("f", behind(1))]);
    responder.handle(request(1), 0);
    responder.handle(TICK, 50);
    responder.handle({ kind: "offline" }, 60);
    expect(responder.pending).toBe(0);
  });

  it("a kept reply in whose place the connection ends waits for the next one", () => {
    const end: Verdict = { kind: "end", how: "fin", instead: true, reconnectAfter: 5 };
    const responder = device(behaviour(50), [fault("f", { kind: "several", verdicts: [{ kind: "keep" }, end] })]);
    expect(responder.handle(request(1), 0)[0]).toMatchObject({ delay: 50 });
    expect(responder.handle(TICK, 50).map(({ kind }) => kind)).toEqual(["end"]);
    expect(responder.handle({ kind: "offline" }, 51)).toEqual([]);
    expect(responder.handle({ kind: "online" }, 60).map(({ kind }) => kind)).toEqual(["reply"]);
    expect(responder.pending).toBe(0);
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
