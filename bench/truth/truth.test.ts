/** The suite's own truths against formulas: it is no use to hold a ruler against a bent one. */
import { describe, expect, it } from "vitest";
import { seedFrom } from "../../protocol/random.ts";
import { MILLISECOND, SECOND } from "../../protocol/time.ts";
import { planArrivals } from "../../scenarios/arrivals.ts";
import { phaseChiSquared } from "./clock-checks.ts";
import { MODELS, type PathologyName } from "./pathology.ts";
import { closedLoop, quantileOf, truthOf } from "./truth.ts";

const evenly = (rate: number, seconds: number): Float64Array =>
  Float64Array.from({ length: rate * seconds }, (_, call) => (call * SECOND) / rate);
const truth = (name: PathologyName, plan: Float64Array) => truthOf(MODELS[name](), plan);
const quantileMs = (times: Float64Array, p: number): number => quantileOf(times, p) / MILLISECOND;

describe("the truth of a plan", () => {
  it("of a stall of 1 s is what was planned in it, and in flight when it began", () => {
    const { responseTimes } = truth("1 s stall", evenly(1_000, 12));
    // Above x lie the last 1,100 - x ms before the end of the stall, twice over from 1,000 ms on: 2 (1,100 - x) = 1 % of 12 s.
    expect(quantileMs(responseTimes, 0.99)).toBeCloseTo(1_100 - 60, -0.5);
    expect(quantileMs(responseTimes, 0.9)).toBe(100);
    expect(quantileMs(responseTimes, 1)).toBe(1_100);
  });

  it("of a slow warm-up falls off by e in 3 s", () => {
    const { responseTimes } = truth("slow warm-up", evenly(1_000, 12));
    expect(quantileMs(responseTimes, 0.5)).toBeCloseTo(100 + 200 * Math.exp(-6 / 3), 0);
    expect(quantileMs(responseTimes, 0.9)).toBeCloseTo(100 + 200 * Math.exp(-1.2 / 3), 0);
  });

  it("of one queue at 90 % load has the mean wait that Pollaczek and Khinchine give", () => {
    const plan = planArrivals({ rate: 50, duration: 20_000 * SECOND, arrivals: "poisson", seed: seedFrom("queue") });
    const { responseTimes } = truth("saturation", plan);
    const meanMs = responseTimes.reduce((sum, time) => sum + time, 0) / responseTimes.length / MILLISECOND;
    const wait = (0.9 * 18) / (2 * (1 - 0.9));
    expect(meanMs - 80 - 18).toBeGreaterThan(wait * 0.97);
    expect(meanMs - 80 - 18).toBeLessThan(wait * 1.03);
  });

  it("of lost and late replies counts them exactly, at their deadline", () => {
    expect(truth("lost replies", evenly(100, 10))).toMatchObject({ answered: 980, timedOut: 20, late: 0 });
    expect(truth("late replies", evenly(100, 10))).toMatchObject({ answered: 950, timedOut: 50, late: 50 });
    expect(quantileMs(truth("lost replies", evenly(100, 10)).responseTimes, 0.99)).toBe(1_000);
  });

  it("of two kinds of answers has both in their shares", () => {
    const { responseTimes } = truth("bimodal", evenly(1_000, 20));
    expect(responseTimes.filter((time) => time === 100 * MILLISECOND).length / responseTimes.length).toBeCloseTo(
      0.7,
      1,
    );
  });
});

describe("a closed loop that measures from the actual send", () => {
  it("does not see the stall", () => {
    expect(quantileMs(closedLoop(MODELS["1 s stall"](), evenly(200, 12), 10), 0.99)).toBe(100);
  });

  it("waits for no more than its own calls when it keeps up", () => {
    expect(quantileMs(closedLoop(MODELS["1 % slow"](), evenly(20, 10), 10), 1)).toBe(500);
  });
});

describe("the phase test", () => {
  const instants = planArrivals({ rate: 500, duration: 10 * SECOND, arrivals: "poisson", seed: seedFrom("phase") });

  it("finds a comb of milliseconds, and none in a plan", () => {
    expect(phaseChiSquared([...instants])).toBeLessThan(36);
    const combed = instants.map((at) => Math.round(at / MILLISECOND) * MILLISECOND + (at % 150));
    expect(phaseChiSquared([...combed])).toBeGreaterThan(1_000);
  });
});
