import { describe, expect, it } from "vitest";
import { type Duration, MILLISECOND, SECOND } from "../../protocol/time.ts";
import { queueSeconds, secondOf, seededUniform } from "./queue-fixture.ts";
import { mergeSeconds, quantileOfSecond, type SecondCounts } from "./second-counts.ts";
import { judgeSteadiness } from "./steadiness.ts";

const BASE = 50 * MILLISECOND;
const TAIL = 5 * MILLISECOND;
const RATE = 100;

/** A run of 60 s of 100 Calls a second: 50 ms, an exponential tail of 5 ms, and what `extra` adds at `t` seconds. */
function run(
  seed: number,
  extra: (t: number) => Duration,
  rate: (second: number) => number = () => RATE,
): SecondCounts[] {
  const random = seededUniform(seed);
  return Array.from({ length: 60 }, (_, second) => {
    const count = rate(second);
    const delays = Array.from({ length: count }, (_, index) => {
      return BASE - TAIL * Math.log(random()) + extra(second + index / count);
    });
    return secondOf(second, delays);
  });
}

const SEEDS = Array.from({ length: 20 }, (_, index) => index + 1);

describe("judgeSteadiness", () => {
  it("cuts a warm-up of 200 ms that fades with 3 s between 8 and 15 s, and leaves the true p50", () => {
    const truth = BASE + TAIL * Math.LN2;
    for (const seed of SEEDS) {
      const seconds = run(seed, (t) => 200 * MILLISECOND * Math.exp(-t / 3));
      const { warmUpUntil, verdict } = judgeSteadiness(seconds);
      expect(verdict).toBe("steady");
      expect(warmUpUntil).toBeGreaterThanOrEqual(8 * SECOND);
      expect(warmUpUntil).toBeLessThanOrEqual(15 * SECOND);
      const after = mergeSeconds(seconds.filter(({ start }) => start >= warmUpUntil));
      expect(Math.abs((quantileOfSecond(after, 0.5) as number) / truth - 1)).toBeLessThan(0.02);
    }
  });

  it("finds no steady state where a millisecond a second leaks", () => {
    for (const seed of SEEDS) {
      expect(judgeSteadiness(run(seed, (t) => t * MILLISECOND))).toMatchObject({
        verdict: "no steady state",
        reason: expect.stringMatching(/^The median rises from .* ms to .* ms in the second half/),
      });
    }
  });

  it("finds none where the answers dwindle, though those that come are quick", () => {
    const seconds = run(
      1,
      () => 0,
      (second) => (second < 30 ? RATE : RATE - (second - 30) * 2),
    );
    expect(judgeSteadiness(seconds)).toMatchObject({
      verdict: "no steady state",
      reason: expect.stringMatching(/^The rate falls/),
    });
  });

  it("finds none where the run changes until its half", () => {
    const seconds = run(1, (t) => (t < 35 ? 30 * MILLISECOND : 0));
    expect(judgeSteadiness(seconds).verdict).toBe("no steady state");
  });

  it.each([0.1, 0.5, 0.8, 0.9])("takes a stationary queue at load %f for one, in 97 of 100 runs", (load) => {
    const runs = Array.from({ length: 100 }, (_, seed) => queueSeconds({ rate: 100, load, seconds: 60, seed }));
    const steady = runs.filter((seconds) => judgeSteadiness(seconds).verdict === "steady");
    expect(steady.length).toBeGreaterThanOrEqual(97);
  });

  it("leaves out two seconds of a run that is steady from the start, and says nothing of one of a few seconds", () => {
    expect(judgeSteadiness(run(1, () => 0))).toEqual({
      warmUpUntil: 2 * SECOND,
      verdict: "steady",
      reason: "The run is steady from 2 s after its start.",
    });
    expect(judgeSteadiness(run(1, () => 0).slice(0, 9)).verdict).toBe("too short");
    expect(judgeSteadiness([]).verdict).toBe("too short");
  });

  it("does not take a single stall for a drift", () => {
    const stalled = run(1, (t) => (t >= 40 && t < 42 ? 500 * MILLISECOND : 0));
    expect(judgeSteadiness(stalled).verdict).toBe("steady");
  });
});
