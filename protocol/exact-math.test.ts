import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exp, ln, normalQuantile } from "./exact-math.ts";

const relative = (value: number, truth: number): number => Math.abs(value - truth) / Math.max(Math.abs(truth), 1e-300);

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

  it("draws the documented lognormal value", () => {
    // p50 = 200 ms, p99 = 2,500 ms at u = 0.8046201311617592 is 507,813 us.
    const sigma = ln(12.5) / normalQuantile(0.99);
    expect(Math.round(exp(ln(200_000) + sigma * normalQuantile(0.8046201311617592)))).toBe(507_813);
  });
});
