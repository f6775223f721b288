/** What each verdict of a fault makes of a request: one by one, and where the replies of several meet. */
import { describe, expect, it } from "vitest";
import type { Behaviour, Verdict } from "./reaction.ts";
import type { ResponderEffect } from "./responder.ts";
import { behaviour, DROP, device, ERROR, fault, hold, request, TICK } from "./responder-test-support.ts";

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
