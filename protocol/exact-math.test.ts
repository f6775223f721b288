import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exp, ln, normalCdf, normalQuantile, pow, sineOfTurns } from "./exact-math.ts";

const relative = (value: number, truth: number): number => Math.abs(value - truth) / Math.max(Math.abs(truth), 1e-300);

/** Numbers spread over a range; fc.double spreads over exponents, and would hardly leave zero. */
const evenly = (low: number, high: number): fc.Arbitrary<number> =>
  fc.integer({ min: 0, max: 1_000_000 }).map((part) => low + ((high - low) * part) / 1_000_000);

describe("exact math", () => {
  it("agrees with the platform's logarithm to 1e-15", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-12, max: 1e12, noNaN: true }), (x) => {
        expect(Math.abs(ln(x) - Math.log(x))).toBeLessThanOrEqual(1e-15 * Math.max(1, Math.abs(Math.log(x))));
      }),
    );
  });

  it("agrees with the platform's exponential to 1e-14", () => {
    fc.assert(
      fc.property(fc.double({ min: -30, max: 30, noNaN: true }), (x) => {
        expect(relative(exp(x), Math.exp(x))).toBeLessThan(1e-14);
      }),
    );
  });

  it.each([
    [0.5, 0],
    [0.9, 1.2815515655446004],
    [0.99, 2.3263478740408408],
    [0.999, 3.090232306167813],
    [0.9999, 3.719016485455709],
    [0.01, -2.3263478740408408],
    [1e-12, -7.034483825301131],
  ])("normal quantile of %d", (u, z) => {
    expect(normalQuantile(u)).toBeCloseTo(z, 12);
  });

  it("has the logarithm's and the exponential's ends, and ends there itself", () => {
    expect([ln(0), ln(-1), ln(Number.POSITIVE_INFINITY)]).toEqual([
      Number.NEGATIVE_INFINITY,
      Number.NaN,
      Number.POSITIVE_INFINITY,
    ]);
    expect([exp(800), exp(-800), pow(0, 2), pow(0, 0)]).toEqual([Number.POSITIVE_INFINITY, 0, 0, 1]);
    expect(ln(Number.MIN_VALUE)).toBeCloseTo(Math.log(Number.MIN_VALUE), 9);
  });

  // erfc(-z / sqrt 2) / 2, from the C library's erfc.
  it.each([
    [0.5, 0.6914624612740131],
    [-0.7, 0.24196365222307306],
    [-1, 0.15865525393145707],
    [-3, 0.0013498980316300957],
    [-5.7, 5.990371401063533e-9],
    [-8, 6.220960574271819e-16],
    [0, 0.5],
    [40, 1],
    [-40, 0],
  ])("normal distribution function of %d", (z, share) => {
    expect(relative(normalCdf(z), share)).toBeLessThan(1e-13);
  });

  it("the normal distribution function undoes its quantile", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-15, max: 1 - 1e-15, noNaN: true }), (u) => {
        expect(relative(normalCdf(normalQuantile(u)), u)).toBeLessThan(1e-13);
      }),
    );
  });

  it("agrees with the platform's sine and power to 1e-13", () => {
    fc.assert(
      fc.property(evenly(0, 3), evenly(0.01, 5), (x, y) => {
        expect(Math.abs(sineOfTurns(x) - Math.sin(2 * Math.PI * x))).toBeLessThan(1e-13);
        expect(relative(pow(y, x), y ** x)).toBeLessThan(1e-13);
      }),
    );
  });

  it("draws the documented lognormal value", () => {
    // p50 = 200 ms, p99 = 2,500 ms at u = 0.8046201311617592 is 507,813 us.
    const sigma = ln(12.5) / normalQuantile(0.99);
    expect(Math.round(exp(ln(200_000) + sigma * normalQuantile(0.8046201311617592)))).toBe(507_813);
  });
});
