import { describe, expect, it } from "vitest";
import { RandomStream, seedFrom } from "../../protocol/random.ts";
import { Responder } from "../../protocol/responder.ts";
import { SECOND } from "../../protocol/time.ts";
import { buildCohorts, type Cohort, cohortOf } from "./cohorts.ts";
import { expectedHold } from "./expected-hold.ts";
import { type CohortPlan, faultNames } from "./fleet-plan.ts";

const SEED = seedFrom("7");
const TIMEOUT = 5 * SECOND;

function plan(name: string, weight: number, faults: readonly string[] = [], latency = "constant(50ms)"): CohortPlan {
  return { name, weight, latency, faults, reconnect: "fixed(1s)", transport: "mqtt" };
}

/** Cohort of every device of a fleet that big, as a fleet asks for it. */
function assign(cohorts: readonly CohortPlan[], devices: number, seed = SEED): number[] {
  return Array.from({ length: devices }, (_, device) => cohortOf(cohorts, device, seed));
}

describe("which cohort a device is in", () => {
  const three = [plan("slow", 6), plan("silent", 3), plan("failing", 1)];

  it("is the same in a fleet of 20 and of 20,000", () => {
    expect(assign(three, 20_000).slice(0, 20)).toEqual(assign(three, 20));
    expect(assign(three, 20)).toEqual([0, 0, 0, 0, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0, 0, 2, 0, 2, 0, 0]);
  });

  it("follows the weights, within the exact 99.9 % interval", () => {
    const counts = [0, 0, 0];
    for (const seed of ["1", "2", "3", "4", "5"]) {
      for (const cohort of assign(three, 20_000, seedFrom(seed))) counts[cohort] = (counts[cohort] as number) + 1;
    }
    expect(counts[1]).toBeGreaterThanOrEqual(29_524);
    expect(counts[1]).toBeLessThanOrEqual(30_477);
    expect(counts[2]).toBeGreaterThanOrEqual(9_689);
    expect(counts[2]).toBeLessThanOrEqual(10_313);
  });

  it("depends on the seed, and on nothing when there is only one", () => {
    expect(assign(three, 200, seedFrom("8"))).not.toEqual(assign(three, 200));
    expect(new Set(assign([plan("all", 5)], 200))).toEqual(new Set([0]));
  });
});

describe("building cohorts", () => {
  it("names the faults of each cohort, as the ledger's bits mean them", () => {
    const plans = [plan("a", 1, ["drop(1%)", "error(1%)"]), plan("b", 1), plan("c", 1, ["late(1%)"])];
    expect(buildCohorts(plans, TIMEOUT).map(({ index, faults }) => [index, faults.length])).toEqual([
      [0, 2],
      [1, 0],
      [2, 1],
    ]);
    expect(faultNames(plans)).toEqual([["a: drop(1%)", "a: error(1%)"], [], ["c: late(1%)"]]);
    expect(faultNames([plan("all", 1, ["drop(1%)"])])).toEqual([["drop(1%)"]]);
  });

  it.each([
    [plan("a", 1, [], "gauss(1ms)"), "unknown latency"],
    [plan("a", 1, ["explode"]), "unknown fault"],
    [{ ...plan("a", 1), reconnect: "sometimes" }, "unknown reconnect policy"],
  ])("a form that was never checked throws", (bad, message) => {
    expect(() => buildCohorts([bad], TIMEOUT)).toThrow(message);
  });

  it("two faults of one kind do not fire on the same requests", () => {
    const [cohort] = buildCohorts([plan("a", 1, ["error(50%)", "error(50%)"])], TIMEOUT) as [Cohort];
    const random = new RandomStream(SEED);
    const responder = new Responder({ device: 0, behaviour: cohort.behaviour, faults: cohort.faults, random });
    const last = new Set<number>();
    for (let call = 0; call < 200; call++) {
      const place = { ticket: 0, via: 0, requestId: 0, at: 0, delivery: undefined };
      const request = { kind: "request", ...place, method: "m", params: null, call } as const;
      const [effect] = responder.handle(request, 0);
      if (effect?.kind === "programmed") last.add(effect.faults);
    }
    expect(last).toEqual(new Set([0, 1, 2, 3]));
  });

  it("each device of a cohort draws and remembers for itself", () => {
    const [{ behaviour }] = buildCohorts([plan("a", 1, [], "uniform(0ms, 1s)")], TIMEOUT) as [Cohort];
    const random = new RandomStream(SEED);
    const react = (device: number, key: number, method: string) =>
      behaviour.react({ device, key, ordinal: 1, method, params: device, requestId: 0, at: 0 }, random);
    const delays = [react(0, 0, "setValue"), react(1, 0, "setValue"), react(0, 1, "getValue")].map(
      ({ delay }) => delay,
    );
    expect(new Set(delays).size).toBe(3);
    expect(react(0, 0, "getValue")).toEqual({ delay: delays[0], reply: 0 });
    expect(react(1, 0, "getValue")).toEqual({ delay: delays[1], reply: 1 });
  });
});

describe("how long a call is expected to hold its caller", () => {
  it.each([
    ["a constant", [plan("a", 1)], 50_000],
    ["never beyond the timeout", [plan("a", 1, [], "constant(9s)")], TIMEOUT],
    ["a silent device until the timeout", [plan("a", 1, ["drop(p=100%)"])], TIMEOUT],
    ["a late one too", [plan("a", 1, ["late(p=100%)"])], TIMEOUT],
    ["a disconnecting one too", [plan("a", 1, ["disconnect(p=100%)"])], TIMEOUT],
    ["a failing one as long as a sound one", [plan("a", 1, ["error(p=100%)"])], 50_000],
  ])("%s", (_, plans, hold) => {
    expect(expectedHold(plans, TIMEOUT, "7")).toBe(hold);
  });

  it.each([
    ["half of the devices silent", [plan("a", 1), plan("b", 1, ["drop"])], 2_525_000],
    // mean (1 - e^-(timeout / mean))
    ["an exponential cut at the timeout", [plan("a", 1, [], "exponential(mean=4s)")], 2_853_981],
  ])("%s, within 5 %", (_, plans, hold) => {
    expect(Math.abs(expectedHold(plans, TIMEOUT, "7") / hold - 1)).toBeLessThan(0.05);
  });
});
