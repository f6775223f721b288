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
