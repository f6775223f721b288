import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json } from "./message.ts";
import { chanceThreshold, faultPurpose, PURPOSE, RandomStream, seedFrom } from "./random.ts";
import { type Behaviour, type Fault, Responder, type ResponderEffect, type Verdict } from "./responder.ts";

const random = new RandomStream(seedFrom("7"));

/** Answers "fine" after a fixed or drawn time. */
function behaviour(delay: number | "drawn", reply: Json = { fine: true }): Behaviour {
  return {
    react: ({ device, key }, stream) => ({
      delay: delay === "drawn" ? stream.seek(device, PURPOSE.latency, key).below(50) : delay,
      reply,
    }),
  };
}

/** Fires on a share of the requests, by draws of its own. */
function fault(name: string, verdict: Verdict, share = 1): Fault {
  const threshold = chanceThreshold(share);
  const purpose = faultPurpose(name);
  return {
    name,
    judge: ({ device, key }, stream) =>
      stream.seek(device, purpose, key).fires(threshold) ? verdict : { kind: "pass" },
  };
}

function device(policy: Behaviour, faults: readonly Fault[] = []): Responder {
  return new Responder({ device: 3, behaviour: policy, faults, random });
}

function request(ticket: number, params: Json = null, call: number | undefined = ticket) {
  return { kind: "request", ticket, requestId: 100 + ticket, method: "m", params, call } as const;
}

const TICK = { kind: "tick" } as const;
const DROP: Verdict = { kind: "drop" };
const ERROR: Verdict = { kind: "replace", reply: { error: "broken" } };
const hold = (until: number): Verdict => ({ kind: "hold", until });
const disconnect = (reconnectAfter: number): Verdict => ({ kind: "disconnect", reconnectAfter });

describe("responder", () => {
  it("says at once what it will do, and replies exactly when it is due", () => {
    const responder = device(behaviour(50));
    expect(responder.handle(request(1), 10)).toEqual([{ kind: "programmed", ticket: 1, delay: 50, fault: 0 }]);
    expect(responder.deadline).toBe(60);
    expect(responder.handle(TICK, 59)).toEqual([]);
    expect(responder.handle(TICK, 60)).toEqual([
      { kind: "reply", ticket: 1, requestId: 101, payload: '{"fine":true}' },
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
    expect(responder.handle(TICK, 40).map(({ ticket }) => ticket)).toEqual([1, 2, 0]);
  });

  it("a device that went offline answers nothing of what it had", () => {
    const responder = device(behaviour(50));
    responder.handle(request(1), 0);
    expect(responder.handle({ kind: "offline" }, 60)).toEqual([]);
    expect(responder.handle(TICK, 100)).toEqual([]);
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

  const held = { delay: 70, fault: 1 };
  it.each<[string, readonly Verdict[], { delay: number | undefined; fault: number }, string, number]>([
    ["a drop silences", [DROP], { delay: undefined, fault: 1 }, "nothing", 0],
    ["a drop silences whatever else fires", [DROP, hold(70), ERROR], { delay: undefined, fault: 3 }, "nothing", 0],
    ["a hold delays", [hold(70)], held, "reply", 70],
    ["a hold shorter than the device changes nothing", [hold(20)], { delay: 50, fault: 1 }, "reply", 50],
    ["the longest hold counts", [hold(90), hold(70)], { delay: 90, fault: 2 }, "reply", 90],
    ["an error replaces the reply", [ERROR], { delay: 50, fault: 1 }, "reply", 50],
    ["a disconnect comes when the reply was due", [disconnect(9)], { delay: undefined, fault: 1 }, "disconnect", 50],
    ["a held disconnect comes later", [disconnect(9), hold(70)], { delay: undefined, fault: 2 }, "disconnect", 70],
    ["a drop also silences a disconnect", [disconnect(9), DROP], { delay: undefined, fault: 2 }, "nothing", 0],
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
    expect(gone.handle(request(1), 0)[1]).toMatchObject({ kind: "disconnect", reconnectAfter: 2 });
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

const verdict = fc.oneof(fc.constant(DROP), fc.constant(ERROR), fc.nat(100).map(hold), fc.nat(100).map(disconnect));
const faultList = fc
  .uniqueArray(
    fc.record({ name: fc.stringMatching(/^[a-z]{1,6}$/), verdict, share: fc.double({ min: 0, max: 1, noNaN: true }) }),
    {
      selector: ({ name }) => name,
      maxLength: 5,
    },
  )
  .map((list) => list.map(({ name, verdict: decided, share }) => fault(name, decided, share)));
const gaps = fc.array(fc.nat(60), { minLength: 1, maxLength: 25 });

interface Seen {
  readonly at: number;
  readonly effect: ResponderEffect;
}

/** One request after each gap, ticks at every deadline between, then until nothing is due. */
function play(responder: Responder, waits: readonly number[]): Seen[] {
  const seen: Seen[] = [];
  let now = 0;
  const handle = (input: Parameters<Responder["handle"]>[0]): void => {
    for (const effect of responder.handle(input, now)) seen.push({ at: now, effect });
  };
  const runUntil = (end: number): void => {
    for (let { deadline } = responder; deadline !== undefined && deadline <= end; deadline = responder.deadline) {
      now = Math.max(now, deadline);
      handle(TICK);
    }
  };
  for (const [ticket, wait] of waits.entries()) {
    const arrival = now + wait;
    runUntil(arrival);
    now = arrival;
    handle(request(ticket));
  }
  runUntil(Number.POSITIVE_INFINITY);
  return seen;
}

describe("laws of the responder", () => {
  it("each request ends as exactly one of reply, disconnect and silence, as programmed and never early", () => {
    fc.assert(
      fc.property(faultList, gaps, (faults, waits) => {
        const responder = device(behaviour("drawn"), faults);
        const seen = play(responder, waits);
        expect(responder.pending).toBe(0);
        let arrival = 0;
        for (const [ticket, wait] of waits.entries()) {
          arrival += wait;
          const own = seen.filter(({ effect }) => effect.ticket === ticket);
          const [first, ...endings] = own;
          if (first?.effect.kind !== "programmed") throw new Error("the first effect is the programme");
          expect(first.at).toBe(arrival);
          expect(endings.length).toBeLessThanOrEqual(1);
          const { delay } = first.effect;
          const [ending] = endings;
          // A tick comes at every deadline here, so "never early" becomes "exactly then".
          if (delay !== undefined) expect(ending).toMatchObject({ at: arrival + delay, effect: { kind: "reply" } });
          else if (ending !== undefined) {
            expect(ending.effect.kind).toBe("disconnect");
            expect(ending.at).toBeGreaterThanOrEqual(arrival);
          } else expect(first.effect.fault).toBeGreaterThan(0);
        }
      }),
    );
  });

  it("the same inputs have the same effects", () => {
    fc.assert(
      fc.property(faultList, gaps, (faults, waits) => {
        const once = play(device(behaviour("drawn"), faults), waits);
        expect(play(device(behaviour("drawn"), faults), waits)).toEqual(once);
      }),
    );
  });

  it("one more fault moves no draw of the latency or of another fault", () => {
    const spied = (faults: readonly Fault[], log: string[]): Fault[] =>
      faults.map((inner) => ({
        name: inner.name,
        judge: (context, stream) => {
          const decided = inner.judge(context, stream);
          log.push(`${inner.name} ${context.key} ${decided.kind}`);
          return decided;
        },
      }));
    const spiedBehaviour = (log: string[]): Behaviour => ({
      react: (context, stream) => {
        const reaction = behaviour("drawn").react(context, stream);
        log.push(`latency ${context.key} ${reaction.delay}`);
        return reaction;
      },
    });
    fc.assert(
      fc.property(faultList, gaps, fc.nat(5), verdict, (faults, waits, position, decided) => {
        const without: string[] = [];
        play(device(spiedBehaviour(without), spied(faults, without)), waits);
        const more = [...faults];
        more.splice(Math.min(position, faults.length), 0, fault("ADDED", decided, 0.5));
        const withMore: string[] = [];
        play(device(spiedBehaviour(withMore), spied(more, withMore)), waits);
        expect(withMore.filter((line) => !line.startsWith("ADDED"))).toEqual(without);
        expect(withMore.length).toBe(without.length + waits.length);
      }),
    );
  });
});
