import { describe, expect, it } from "vitest";
import type { Json } from "../../protocol/message.ts";
import { RandomStream, seedFrom } from "../../protocol/random.ts";
import type { Behaviour, RequestContext } from "../../protocol/reaction.ts";
import { defineBehaviour, UserBehaviour, type UserProgramme } from "./user-behaviour.ts";

const OWN: Behaviour = { react: ({ params }) => ({ delay: 50, reply: params }) };

function request(method: string, more: Partial<RequestContext> = {}): RequestContext {
  return { device: 0, key: 0, ordinal: 1, method, params: null, requestId: 0, at: 0, ...more };
}

function play<State>(programme: UserProgramme<State>, seed = "7") {
  const random = new RandomStream(seedFrom(seed));
  const behaviour = new UserBehaviour(programme as UserProgramme<unknown>, OWN);
  return { behaviour, react: (context: RequestContext) => behaviour.react(context, random) };
}

describe("a user's behaviour", () => {
  it("answers its methods, and leaves others to the cohort's programme", () => {
    const { react } = play(defineBehaviour({ methods: { hello: ({ params }) => ({ hello: params }) } }));
    expect(react(request("hello", { params: 1 }))).toEqual({ delay: 50, reply: { hello: 1 } });
    expect(react(request("other", { params: 1 }))).toEqual({ delay: 50, reply: 1 });
    expect(react(request("constructor", { params: 2 }))).toEqual({ delay: 50, reply: 2 });
  });

  it("decides its own delay, or never to answer", () => {
    const { react } = play(
      defineBehaviour({
        methods: {
          slow: ({ later }) => later("2s", "done"),
          exact: ({ later }) => later(1_500, "done"),
          silent: ({ never }) => never(),
          nothing: () => undefined,
        },
      }),
    );
    expect(react(request("slow"))).toEqual({ delay: 2_000_000, reply: "done" });
    expect(react(request("exact"))).toEqual({ delay: 1_500, reply: "done" });
    expect(react(request("silent")).delay).toBeUndefined();
    expect(react(request("nothing"))).toEqual({ delay: 50, reply: null });
  });

  it("has a state per device, which a reboot makes anew", () => {
    const { behaviour, react } = play(
      defineBehaviour({
        state: (device) => ({ count: device * 100 }),
        methods: { count: ({ state }) => ++state.count },
      }),
    );
    const count = (device: number): Json => react(request("count", { device })).reply;
    expect([count(0), count(0), count(3), count(0)]).toEqual([1, 2, 301, 3]);
    behaviour.forget(0);
    expect([count(0), count(3)]).toEqual([1, 302]);
  });

  it("draws the same for the same seed, device and call, whatever was asked before", () => {
    const programme = defineBehaviour({
      methods: { draw: ({ random }) => [random.uniform(), random.below(10), random.chance(0.5)] },
    });
    const [one, other, third] = [play(programme), play(programme), play(programme, "8")];
    other.react(request("draw", { key: 1 }));
    const draw = { key: 5, device: 2 };
    expect(one.react(request("draw", draw))).toEqual(other.react(request("draw", draw)));
    expect(one.react(request("draw", draw))).not.toEqual(third.react(request("draw", draw)));
  });

  it("has the time of the run as an argument", () => {
    const { react } = play(defineBehaviour({ methods: { when: ({ at, ordinal }) => [at, ordinal] } }));
    expect(react(request("when", { at: 9, ordinal: 4 })).reply).toEqual([9, 4]);
  });

  it.each<[string, UserProgramme<unknown>["methods"][string], string]>([
    [
      "throws",
      () => {
        throw new Error("valve stuck");
      },
      "valve stuck",
    ],
    ["answers with a promise", (() => Promise.resolve(1)) as never, "not with a promise"],
    ["answers with a function", (() => () => 1) as never, "must answer with JSON, not a function"],
    ["answers with what JSON cannot hold", (() => 1n) as never, "BigInt"],
    ["waits for a time that is none", ({ later }) => later("soon", 1), 'got "soon"'],
  ])("a method that %s is an error of its device, told once", (_, method, message) => {
    const { behaviour, react } = play({ methods: { broken: method } });
    for (const device of [4, 5, 6]) {
      const { delay, reply } = react(request("broken", { device }));
      expect(delay).toBe(50);
      expect((reply as { error: string }).error).toContain(message);
    }
    expect(behaviour.errors).toMatchObject([{ method: "broken", device: 4, at: 0, count: 3 }]);
  });

  it("remembers a bounded number of messages", () => {
    let n = 0;
    const { behaviour, react } = play({
      methods: {
        broken: () => {
          throw new Error(`number ${n++}`);
        },
      },
    });
    for (let i = 0; i < 100; i++) react(request("broken"));
    expect(behaviour.errors).toHaveLength(20);
  });
});
