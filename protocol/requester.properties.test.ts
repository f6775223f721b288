/** Laws of the Requester over random histories: calls, replies (some wrong), sessions coming and going, cancels, ticks. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { countingRequestIds } from "./request-id.ts";
import { Requester, type RequesterEffect, type RequesterInput } from "./requester.ts";

const DEVICES = ["a", "b"] as const;
const device = fc.constantFrom(...DEVICES);

type Step =
  | {
      readonly do: "call";
      readonly device: string;
      readonly oneway: boolean;
      readonly timeout: number;
      readonly wall: number | undefined;
    }
  | { readonly do: "reply"; readonly device: string; readonly requestId: number }
  | { readonly do: "subscribed" | "offline"; readonly device: string; readonly session: number }
  | { readonly do: "cancel"; readonly back: number }
  | { readonly do: "tick" };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant("call" as const),
    device,
    oneway: fc.boolean(),
    timeout: fc.integer({ min: -1, max: 8 }),
    wall: fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined }),
  }),
  fc.record({ do: fc.constant("reply" as const), device, requestId: fc.integer({ min: 0, max: 5 }) }),
  fc.record({
    do: fc.constantFrom("subscribed" as const, "offline" as const),
    device,
    session: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({ do: fc.constant("cancel" as const), back: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ do: fc.constant("tick" as const) }),
);
const history = fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), step), { maxLength: 60 });

interface Admitted {
  readonly at: number;
  readonly timeout: number;
  readonly wall: number | undefined;
}

interface Trace {
  readonly admitted: Map<number, Admitted>;
  readonly settled: { call: number; kind: string; at: number }[];
  readonly effects: RequesterEffect[];
  readonly requester: Requester;
}

/** Plays a history, then lets time pass until nothing is pending. */
function play(steps: readonly (readonly [number, Step])[], idSpace: number): Trace {
  const requester = new Requester({ requestIds: countingRequestIds(idSpace) });
  const trace: Trace = { admitted: new Map(), settled: [], effects: [], requester };
  let now = 0;
  let calls = 0;
  const apply = (input: RequesterInput): void => {
    for (const effect of requester.handle(input, now)) {
      trace.effects.push(effect);
      if (effect.kind === "settle") trace.settled.push({ call: effect.call, kind: effect.settlement.kind, at: now });
    }
  };
  for (const [gap, action] of steps) {
    now += gap;
    if (action.do === "call") {
      trace.admitted.set(calls, { at: now, timeout: action.timeout, wall: action.wall });
      apply({ ...action, kind: "call", call: calls++, method: "m", params: "null" });
    } else if (action.do === "reply")
      apply({ kind: "reply", device: action.device, requestId: action.requestId, payload: "1" });
    else if (action.do === "cancel") apply({ kind: "cancel", call: calls - action.back });
    else if (action.do === "tick") apply({ kind: "tick" });
    else apply({ kind: action.do, device: action.device, session: action.session });
  }
  for (let deadline = requester.deadline; deadline !== undefined; deadline = requester.deadline) {
    now = Math.max(now, deadline);
    apply({ kind: "tick" });
  }
  return trace;
}

const idSpaces = fc.constantFrom(4, 16, 2 ** 31);

it("settles every admitted call exactly once and leaves nothing pending", () => {
  fc.assert(
    fc.property(history, idSpaces, (steps, idSpace) => {
      const { admitted, settled, requester } = play(steps, idSpace);
      expect(settled.map(({ call }) => call).sort((a, b) => a - b)).toEqual([...admitted.keys()]);
      expect(requester.pending).toBe(0);
    }),
    { numRuns: 500 },
  );
});

it("never lets a call expire early, and never answers it after its deadline", () => {
  fc.assert(
    fc.property(history, idSpaces, (steps, idSpace) => {
      const { admitted, settled } = play(steps, idSpace);
      for (const { call, kind, at } of settled) {
        const { at: start, timeout, wall } = admitted.get(call) as Admitted;
        if (kind === "timeout" || kind === "no_connection") expect(at).toBeGreaterThanOrEqual(start + timeout);
        if (kind === "wall") expect(at).toBeGreaterThanOrEqual(start + (wall as number));
        if (kind === "reply" || kind === "handed_over") expect(at).toBeLessThanOrEqual(start + timeout);
      }
    }),
    { numRuns: 500 },
  );
});

it("never has one request id open twice on one device", () => {
  fc.assert(
    fc.property(history, (steps) => {
      const { effects } = play(steps, 4);
      const open = new Map<string, number>();
      for (const effect of effects) {
        if (effect.kind === "deliver") {
          const key = `${effect.device}/${effect.requestId}`;
          expect(open.has(key)).toBe(false);
          open.set(key, effect.call);
        } else if (effect.kind === "settle") {
          for (const [key, call] of open)
            if (call === effect.call && effect.settlement.kind !== "wall") open.delete(key);
        } else if (effect.stray === "late") open.delete(`${effect.device}/${effect.requestId}`);
      }
    }),
    { numRuns: 500 },
  );
});

it("gives the same effects for the same inputs", () => {
  fc.assert(
    fc.property(history, idSpaces, (steps, idSpace) => {
      expect(play(steps, idSpace).effects).toEqual(play(steps, idSpace).effects);
    }),
  );
});
