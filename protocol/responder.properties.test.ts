/** Laws of the Responder, for any faults and any arrivals. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Behaviour, type Fault, PASS } from "./reaction.ts";
import type { Responder, ResponderEffect } from "./responder.ts";
import { behaviour, DROP, device, disconnect, ERROR, fault, hold, request, TICK } from "./responder-test-support.ts";

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
/** Any verdict a fault may give, but for those that need a closure of their own. */
const anyVerdict = fc.oneof(
  verdict,
  fc.record({ kind: fc.constant("add" as const), delay: fc.integer({ min: -60, max: 60 }) }),
  fc.record({ kind: fc.constant("ack_last" as const), gap: fc.nat(5) }),
  fc.record({ kind: fc.constant("repeat" as const), copies: fc.nat(3), gap: fc.nat(20) }),
  fc.record({ kind: fc.constant("again" as const), copies: fc.nat(3), gap: fc.nat(20) }),
  fc.record({ kind: fc.constant("behind" as const), replies: fc.integer({ min: 1, max: 4 }), within: fc.nat(80) }),
  fc.record({ kind: fc.constant("pace" as const), bytesPerSecond: fc.integer({ min: 1_000, max: 10_000_000 }) }),
);
const anyFaultList = fc
  .array(fc.record({ verdict: anyVerdict, share: fc.constantFrom(0.3, 1) }), { maxLength: 5 })
  .map((list) => list.map(({ verdict: decided, share }, i) => fault(`f${i}`, decided, share)));
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
    for (const effect of responder.handle(input, now)) {
      seen.push({ at: now, effect });
      if (effect.kind === "again") handle({ ...effect, ticket: effect.ticket + 1_000 });
    }
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
  it("each request ends as exactly one of reply, ending and silence, as programmed and never early", () => {
    fc.assert(
      fc.property(faultList, gaps, (faults, waits) => {
        const responder = device(behaviour("drawn"), faults);
        const seen = play(responder, waits);
        expect(responder.pending).toBe(0);
        let arrival = 0;
        for (const [ticket, wait] of waits.entries()) {
          arrival += wait;
          const own = seen.filter(({ effect }) => "ticket" in effect && effect.ticket === ticket);
          const [first, ...endings] = own;
          if (first?.effect.kind !== "programmed") throw new Error("the first effect is the programme");
          expect(first.at).toBe(arrival);
          expect(endings.length).toBeLessThanOrEqual(1);
          const { delay } = first.effect;
          const [ending] = endings;
          // A tick comes at every deadline here, so "never early" becomes "exactly then".
          if (delay !== undefined) expect(ending).toMatchObject({ at: arrival + delay, effect: { kind: "reply" } });
          else if (ending !== undefined) {
            expect(ending.effect.kind).toBe("end");
            expect(ending.at).toBeGreaterThanOrEqual(arrival);
          } else expect(first.effect.faults).toBeGreaterThan(0);
        }
      }),
    );
  });

  it("the same inputs have the same effects, and nothing is left over", () => {
    fc.assert(
      fc.property(anyFaultList, gaps, (faults, waits) => {
        const responder = device(behaviour("drawn"), faults);
        const once = play(responder, waits);
        expect(responder.pending).toBe(0);
        expect(play(device(behaviour("drawn"), faults), waits)).toEqual(once);
      }),
    );
  });

  it("every reply that was promised leaves, however many others pass it or queue before it", () => {
    fc.assert(
      fc.property(anyFaultList, gaps, (faults, waits) => {
        const effects = play(device(behaviour("drawn"), faults), waits).map(({ effect }) => effect);
        const replied = new Set(effects.flatMap((effect) => (effect.kind === "reply" ? [effect.ticket] : [])));
        for (const effect of effects) {
          if (effect.kind === "programmed") expect(replied.has(effect.ticket)).toBe(effect.delay !== undefined);
        }
      }),
    );
  });

  it("one more fault moves no draw of the latency or of another fault", () => {
    const spied = (faults: readonly Fault[], log: string[]): Fault[] =>
      faults.map((inner) => ({
        name: inner.name,
        judge: (context, stream) => {
          const decided = inner.judge?.(context, stream) ?? PASS;
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
