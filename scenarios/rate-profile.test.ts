import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seedFrom } from "../protocol/random.ts";
import { SECOND } from "../protocol/time.ts";
import { planArrivals } from "./arrivals.ts";
import { expectedCalls, peakRate, type RateProfile, rateAt } from "./rate-profile.ts";

const ENDLESS = Number.POSITIVE_INFINITY;
const segments = (list: readonly (readonly [seconds: number, from: number, to: number])[], repeatFrom?: number) =>
  ({
    kind: "segments",
    segments: list.map(([seconds, from, to]) => ({ length: seconds * SECOND, from, to })),
    repeatFrom,
  }) as RateProfile;

const PROFILES: readonly (readonly [name: string, profile: RateProfile])[] = [
  [
    "ramp up from nothing",
    segments([
      [20, 0, 400],
      [ENDLESS, 400, 400],
    ]),
  ],
  [
    "ramp down to nothing",
    segments([
      [20, 400, 0],
      [ENDLESS, 0, 0],
    ]),
  ],
  [
    "steps with a pause",
    segments([
      [5, 50, 50],
      [5, 0, 0],
      [ENDLESS, 300, 300],
    ]),
  ],
  [
    "bursts",
    segments(
      [
        [4, 20, 20],
        [1, 900, 900],
        [4, 20, 20],
      ],
      1,
    ),
  ],
  ["sine", { kind: "sine", mean: 200, amplitude: 1, period: 7 * SECOND }],
  ["gentle sine", { kind: "sine", mean: 200, amplitude: 0.3, period: 3 * SECOND }],
];
const DURATION = 30 * SECOND;
const seeds = fc.nat(1_000_000).map((n) => seedFrom(String(n)));
const FIXED = { seed: 20_240_601, numRuns: 10 };

/** Sum of the rate in small steps: what the integral must agree with. */
function summed(profile: RateProfile, until: number): number {
  const steps = 200_000;
  let calls = 0;
  for (let i = 0; i < steps; i++) calls += (rateAt(profile, ((i + 0.5) * until) / steps) * until) / steps / SECOND;
  return calls;
}

describe.each(PROFILES)("arrivals of a rate that changes: %s", (_, profile) => {
  const plan = (seed: string, duration = DURATION, arrivals: "poisson" | "constant" = "poisson") =>
    planArrivals({ rate: profile, duration, arrivals, seed: seedFrom(seed) });

  it("expects as many calls as the rate adds up to, and never more a second than the peak", () => {
    for (const until of [1, 4.5, 11, 30]) {
      const exact = expectedCalls(profile, until * SECOND);
      expect(Math.abs(exact - summed(profile, until * SECOND))).toBeLessThan(0.05);
      expect(exact).toBeLessThanOrEqual(peakRate(profile, until * SECOND) * until + 1e-9);
    }
  });

  it("is Poisson once time is counted in calls due: variation and distribution of the gaps (rule R1)", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const starts = planArrivals({ rate: profile, duration: DURATION, arrivals: "poisson", seed });
        const due = Array.from(starts, (start) => expectedCalls(profile, start));
        const gaps = due.map((calls, i) => calls - (i === 0 ? 0 : (due[i - 1] as number)));
        const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
        const spread = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length);
        expect(Math.abs(spread / mean - 1)).toBeLessThan(3 / Math.sqrt(gaps.length));
        const distance = gaps
          .toSorted((a, b) => a - b)
          .reduce((worst, gap, i) => {
            const share = 1 - Math.exp(-gap);
            return Math.max(worst, Math.abs(share - i / gaps.length), Math.abs(share - (i + 1) / gaps.length));
          }, 0);
        expect(distance).toBeLessThan(1.36 / Math.sqrt(gaps.length));
      }),
      FIXED,
    );
  });

  it("has the expected number of calls in every window, Poisson within its spread, constant within one", () => {
    for (const [arrivals, slack] of [
      ["poisson", (expected: number) => 4 * Math.sqrt(expected) + 1],
      ["constant", () => 1.001],
    ] as const) {
      const starts = plan("7", DURATION, arrivals);
      for (let second = 0; second < 30; second += 2.5) {
        const [from, to] = [second * SECOND, (second + 2.5) * SECOND];
        const expected = expectedCalls(profile, to) - expectedCalls(profile, from);
        const count = starts.filter((start) => start >= from && start < to).length;
        expect(Math.abs(count - expected)).toBeLessThanOrEqual(slack(expected));
      }
    }
  });

  it("gives whole ascending microseconds, the same for a seed, and a longer plan begins with the shorter one", () => {
    for (const arrivals of ["poisson", "constant"] as const) {
      const long = plan("3", DURATION, arrivals);
      expect(plan("3", DURATION, arrivals)).toEqual(long);
      const short = plan("3", 13 * SECOND, arrivals);
      expect(long.slice(0, short.length)).toEqual(short);
      expect(
        long.every((start, i) => Number.isInteger(start) && start >= (i === 0 ? 0 : (long[i - 1] as number))),
      ).toBe(true);
      expect(long.at(-1)).toBeLessThan(DURATION);
    }
    expect(plan("4")).not.toEqual(plan("3"));
  });
});

describe("frozen plans", () => {
  it("a recorded seed means the same starts for ever", () => {
    const first = PROFILES.map(([, profile]) => [
      ...planArrivals({ rate: profile, duration: SECOND, arrivals: "poisson", seed: seedFrom("7") }).slice(0, 3),
    ]);
    expect(first).toMatchInlineSnapshot(`
      [
        [
          95847,
          127580,
          358308,
        ],
        [
          230,
          407,
          3210,
        ],
        [
          1837,
          3255,
          25677,
        ],
        [
          4593,
          8138,
          64192,
        ],
        [
          459,
          814,
          6401,
        ],
        [
          459,
          814,
          6406,
        ],
      ]
    `);
  });
});
