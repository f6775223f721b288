/** Laws of the Requester over random histories: calls, replies (some wrong), sessions coming and going, cancels, ticks. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { QUIRK_NAMES, type Quirk } from "./quirk.ts";
import { countingRequestIds } from "./request-id.ts";
import { Requester } from "./requester.ts";
import { type RequesterEffect, type RequesterInput, SUBMIT_STRATEGIES, type SubmitStrategy } from "./requester-io.ts";
import { isFinalStatus, isLegalChange, type RpcStatus } from "./rpc-status.ts";

const DEVICES = ["a", "b"] as const;
const device = fc.constantFrom(...DEVICES);

type Step =
  | {
      readonly do: "call";
      readonly device: string;
      readonly oneway: boolean;
      readonly timeout: number;
      readonly wall: number | undefined;
      readonly persistent: boolean;
      readonly retries: number;
    }
  | { readonly do: "ack"; readonly device: string; readonly requestId: number }
  | { readonly do: "reply"; readonly device: string; readonly requestId: number }
  | {
      readonly do: "subscribed";
      readonly device: string;
      readonly session: number;
      readonly acks: boolean;
      readonly oneShot: boolean;
    }
  | { readonly do: "unsubscribed" | "offline"; readonly device: string; readonly session: number }
  | { readonly do: "cancel"; readonly back: number }
  | { readonly do: "tick" };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant("call" as const),
    device,
    oneway: fc.boolean(),
    timeout: fc.integer({ min: -1, max: 8 }),
    wall: fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined }),
    persistent: fc.boolean(),
    retries: fc.integer({ min: 0, max: 2 }),
  }),
  fc.record({ do: fc.constant("ack" as const), device, requestId: fc.integer({ min: 0, max: 5 }) }),
  fc.record({ do: fc.constant("reply" as const), device, requestId: fc.integer({ min: 0, max: 5 }) }),
  fc.record({
    do: fc.constant("subscribed" as const),
    device,
    session: fc.integer({ min: 1, max: 3 }),
    acks: fc.boolean(),
    oneShot: fc.boolean(),
  }),
  fc.record({
    do: fc.constantFrom("unsubscribed" as const, "offline" as const),
    device,
    session: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({ do: fc.constant("cancel" as const), back: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ do: fc.constant("tick" as const) }),
);
/** Nobody withdraws a call: that ends a persistent one without a word. */
const patientHistory = fc.array(
  fc.tuple(
    fc.integer({ min: 0, max: 3 }),
    step.filter(({ do: kind }) => kind !== "cancel"),
  ),
  { maxLength: 60 },
);
const history = fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), step), { maxLength: 60 });

interface Admitted {
  readonly at: number;
  readonly timeout: number;
  readonly wall: number | undefined;
  readonly persistent: boolean;
  readonly oneway: boolean;
}

interface Trace {
  readonly admitted: Map<number, Admitted>;
  readonly settled: { call: number; kind: string; at: number }[];
  readonly statuses: Map<number, RpcStatus[]>;
  readonly effects: RequesterEffect[];
  /** When each effect was. */
  readonly instants: number[];
  readonly requester: Requester;
}

const ACK_TIMEOUT = 2;
const RESPONSE_TIMEOUT = 3;

interface Setting {
  readonly idSpace: number;
  readonly strategy: SubmitStrategy;
  readonly closeOnAckTimeout: boolean;
  readonly quirks: readonly Quirk[];
  /** Which status updates are lost, over and over; empty: none, and nobody is asked. */
  readonly losses: readonly boolean[];
}

const setting: fc.Arbitrary<Setting> = fc.record({
  idSpace: fc.constantFrom(4, 16, 2 ** 31),
  strategy: fc.constantFrom(...SUBMIT_STRATEGIES),
  closeOnAckTimeout: fc.boolean(),
  quirks: fc.constant([]),
  losses: fc.oneof(fc.constant([]), fc.array(fc.boolean(), { minLength: 1, maxLength: 7 })),
});
const quirky = fc.tuple(setting, fc.subarray([...QUIRK_NAMES])).map(([base, quirks]) => ({ ...base, quirks }));

/** Plays a history, then lets time pass until nothing is pending. */
function play(steps: readonly (readonly [number, Step])[], { idSpace, quirks, losses, ...rest }: Setting): Trace {
  let asked = 0;
  const requester = new Requester({
    ...rest,
    requestIds: countingRequestIds(idSpace),
    maxRetries: 1,
    ackTimeout: ACK_TIMEOUT,
    statusLimit: losses.length === 0 ? undefined : () => losses[asked++ % losses.length] === false,
    responseTimeout: RESPONSE_TIMEOUT,
    quirks: new Set(quirks),
  });
  const trace: Trace = { admitted: new Map(), settled: [], statuses: new Map(), effects: [], instants: [], requester };
  let now = 0;
  let calls = 0;
  const apply = (input: RequesterInput): void => {
    for (const effect of requester.handle(input, now)) {
      trace.effects.push(effect);
      trace.instants.push(now);
      if (effect.kind === "settle") trace.settled.push({ call: effect.call, kind: effect.settlement.kind, at: now });
      if (effect.kind === "status") trace.statuses.get(effect.call)?.push(effect.status);
    }
  };
  for (const [gap, action] of steps) {
    now += gap;
    if (action.do === "call") {
      const { timeout, wall, persistent, oneway } = action;
      trace.admitted.set(calls, { at: now, timeout, wall: persistent ? undefined : wall, persistent, oneway });
      if (persistent) trace.statuses.set(calls, ["QUEUED"]);
      const shared = { call: calls++, method: "m", params: "null", wall: persistent ? undefined : wall };
      apply({ ...action, ...shared, kind: "call" });
    } else if (action.do === "reply") apply({ ...action, kind: "reply", payload: "1" });
    else if (action.do === "cancel") apply({ kind: "cancel", call: calls - action.back });
    else if (action.do === "tick") apply({ kind: "tick" });
    else if (action.do === "subscribed") apply({ ...action, kind: "subscribed" });
    else if (action.do === "ack") apply({ ...action, kind: "ack" });
    else apply({ kind: action.do, device: action.device, session: action.session });
  }
  for (let deadline = requester.deadline; deadline !== undefined; deadline = requester.deadline) {
    now = Math.max(now, deadline);
    apply({ kind: "tick" });
  }
  return trace;
}

const runs = { numRuns: 2_000 };

it("settles every lightweight call exactly once, no persistent one, and leaves nothing pending", () => {
  fc.assert(
    fc.property(history, quirky, (steps, given) => {
      const { admitted, settled, requester } = play(steps, given);
      const lightweight = [...admitted].filter(([, { persistent }]) => !persistent).map(([call]) => call);
      expect(settled.map(({ call }) => call).sort((a, b) => a - b)).toEqual(lightweight);
      expect(requester.pending).toBe(0);
    }),
    runs,
  );
});

it("never lets a call expire early, and never hands one over or its reply on after its deadline", () => {
  fc.assert(
    fc.property(history, quirky, (steps, given) => {
      const { admitted, settled } = play(steps, given);
      for (const { call, kind, at } of settled) {
        const { at: start, timeout, wall } = admitted.get(call) as Admitted;
        const overdue = given.strategy === "on_response" ? Math.min(timeout, RESPONSE_TIMEOUT) : timeout;
        if (kind === "timeout") expect(at).toBeGreaterThanOrEqual(start + overdue);
        if (kind === "no_connection") expect(at).toBeGreaterThanOrEqual(start + timeout);
        if (kind === "wall") expect(at).toBeGreaterThanOrEqual(start + (wall as number));
        if (kind === "reply" || kind === "handed_over") expect(at).toBeLessThanOrEqual(start + timeout);
      }
    }),
    runs,
  );
});

it("never has one request id open for two calls on one device", () => {
  fc.assert(
    fc.property(history, quirky, (steps, given) => {
      const { effects } = play(steps, { ...given, idSpace: 4 });
      const ended = new Set<number>();
      const open = new Map<string, number>();
      for (const effect of effects) {
        if (effect.kind === "settle" && effect.settlement.kind !== "wall") ended.add(effect.call);
        if (effect.kind === "status" && isFinalStatus(effect.status, false)) ended.add(effect.call);
        if (effect.kind !== "deliver") continue;
        expect(ended.has(effect.call)).toBe(false);
        const key = `${effect.device}/${effect.requestId}`;
        const other = open.get(key);
        if (other !== undefined && other !== effect.call && !walled(effects, other)) {
          expect(ended.has(other) || deliveredOneway(effects, other)).toBe(true);
        }
        open.set(key, effect.call);
      }
    }),
    runs,
  );
});

/** Its caller was answered by the wall, so nothing tells when it ended. */
function walled(effects: readonly RequesterEffect[], call: number): boolean {
  return effects.some((it) => it.kind === "settle" && it.call === call && it.settlement.kind === "wall");
}

/** A one-way persistent call ends at DELIVERED; a withdrawn one ends without a word. */
function deliveredOneway(effects: readonly RequesterEffect[], call: number): boolean {
  const last = effects.filter((it) => it.kind === "status" && it.call === call).at(-1);
  return last?.kind === "status";
}

it("moves persistent calls along legal changes only, and to an end", () => {
  fc.assert(
    fc.property(patientHistory, setting, (steps, given) => {
      const { admitted, statuses } = play(steps, given);
      for (const [call, path] of statuses) {
        for (let i = 1; i < path.length; i++) {
          const [from, to] = [path[i - 1] as RpcStatus, path[i] as RpcStatus];
          const unheardOf = from === "QUEUED" && to === "TIMEOUT" && !given.losses.includes(true);
          expect([from, to, isLegalChange(from, to) && !unheardOf]).toEqual([from, to, true]);
        }
        expect(isFinalStatus(path.at(-1) as RpcStatus, (admitted.get(call) as Admitted).oneway)).toBe(true);
      }
    }),
    runs,
  );
});

it("keeps to its strategy: one unacknowledged, or one unanswered, request a device", () => {
  fc.assert(
    fc.property(patientHistory, setting, (steps, base) => {
      const given = { ...base, strategy: "on_response" as const };
      const open = new Map<string, { call: number; at: number }>();
      const { effects, instants } = play(steps, given);
      for (const [i, effect] of effects.entries()) {
        if (effect.kind === "deliver") {
          const at = instants[i] as number;
          const other = open.get(effect.device);
          // S11: of a lightweight call that nobody acknowledged in time nothing is said before its last resort.
          const isGivenUp = other !== undefined && (at - other.at >= ACK_TIMEOUT || walled(effects, other.call));
          expect(other === undefined || other.call === effect.call || isGivenUp).toBe(true);
          // Sent again, it waits since it was first sent.
          if (other?.call !== effect.call) open.set(effect.device, { call: effect.call, at });
        } else if (effect.kind === "settle" || effect.kind === "status" || effect.kind === "stray") {
          // Whatever was said of a call may have ended it; what this law forbids is a second request without a word about the first.
          for (const [device, { call }] of open) {
            if (effect.kind === "stray" ? effect.device === device : effect.call === call) open.delete(device);
          }
        }
      }
    }),
    runs,
  );
});

it("gives the same effects for the same inputs", () => {
  fc.assert(
    fc.property(history, quirky, (steps, given) => {
      expect(play(steps, given).effects).toEqual(play(steps, given).effects);
    }),
  );
});
