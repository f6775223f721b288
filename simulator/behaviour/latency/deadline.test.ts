/** Latencies relative to the deadline, against the reference's vectors (section 7.6) and against the count of what is late. */
import { describe, expect, it } from "vitest";
import { SECOND } from "../../../protocol/time.ts";
import { binomialInterval } from "../../../test/binomial.ts";
import { drawMany, latency, marginalOf, TIMEOUT } from "./latency-test-support.ts";

const solved = (text: string): string => latency(text).facts.find(({ name }) => name === "solved")?.text ?? "";

/** T = 10 s, p50 = 200 ms. */
describe.each([
  { x: "0.1%", sigma: 1.2659, k: 0.5877, alpha: 1.5886, meanMs: 1_448, p50Ms: 349 },
  { x: "1%", sigma: 1.6816, k: 0.4841, alpha: 1, meanMs: 2_171, p50Ms: 800 },
  { x: "5%", sigma: 2.3783, k: 0.3742, alpha: 0.5886, meanMs: 3_338, p50Ms: 1_677 },
  { x: "20%", sigma: 4.6482, k: 0.2153, alpha: 0.2342, meanMs: 6_213, p50Ms: 4_010 },
])("miss $x of 10 s", ({ x, sigma, k, alpha, meanMs, p50Ms }) => {
  const heavy = "cap=1000000h, beyond=never";
  it.each([
    [`lognormal(p50=200ms)`, `sigma = ${sigma}`],
    [`weibull(p50=200ms)`, `k = ${k}`],
    [`pareto(p50=200ms, ${heavy})`, `alpha = ${alpha}`],
  ])("%s has %s", (form, expected) => {
    expect(solved(`miss(${x}, ${form})`)).toBe(`${expected}, so that ${x} is later than 10s`);
  });

  it("a sigma given, the median is solved; of an exponential, the mean", () => {
    const medianMs = marginalOf(`miss(${x}, lognormal(sigma=1.0857))`).quantile(0.5) / 1_000;
    expect(Math.round(medianMs)).toBe(p50Ms);
    expect(Math.round(marginalOf(`miss(${x}, exponential)`).mean() / 1_000)).toBe(meanMs);
  });

  it.each([
    "lognormal(p50=200ms)",
    "lognormal(sigma=1.0857)",
    "lognormal(p50=200ms, floor=100ms)",
    "exponential",
    "weibull(p50=200ms)",
    `pareto(p50=200ms, ${heavy})`,
    "lomax(p50=200ms, cap=1000h, beyond=reject)",
    "gamma(mean=1s, cv=0.5)",
    "mixture(90%: uniform(10ms, 90ms), 10%: lognormal(p50=1s, p99=4s))",
    "quantiles(0%=1ms, 50%=40ms, 100%=2s)",
  ])("%s is late as often, in the exact 99.9 percent interval of a count", (form) => {
    const n = 20_000;
    const late = drawMany(`miss(${x}, ${form})`, n).filter((delay) => delay > TIMEOUT).length;
    const { low, high } = binomialInterval(n, Number(x.replace("%", "")) / 100);
    expect(late, `${late} of ${low}..${high}`).toBeGreaterThanOrEqual(low);
    expect(late, `${late} of ${low}..${high}`).toBeLessThanOrEqual(high);
  });
});

describe("straddle", () => {
  it("puts the weight at the deadline and the rest where the base has it", () => {
    const sample = drawMany("straddle(within=5ms, w=20%, base=constant(50ms))", 20_000);
    const near = sample.filter((delay) => Math.abs(delay - TIMEOUT) <= 5_000).length;
    const { low, high } = binomialInterval(20_000, 0.2);
    expect(near >= low && near <= high).toBe(true);
    expect(sample.filter((delay) => delay === 50_000).length).toBe(20_000 - near);
  });

  it("hits the deadline itself only on a grid", () => {
    expect(drawMany("straddle(within=5ms, grid=5ms)", 1_000)).toContain(TIMEOUT);
    expect(new Set(drawMany("straddle(within=5ms, grid=5ms)", 1_000)).size).toBe(3);
    expect(new Set(drawMany("straddle(within=0ms)", 100))).toEqual(new Set([TIMEOUT]));
  });
});

describe("reflect", () => {
  it("mirrors the drawn share at the deadline, and leaves what is beyond twice of it", () => {
    const plain = drawMany("uniform(4s, 24s)", 5_000);
    const mirrored = drawMany("reflect(uniform(4s, 24s), p=50%)", 5_000);
    let moved = 0;
    for (const [i, delay] of mirrored.entries()) {
      const before = plain[i] as number;
      if (delay === before) continue;
      moved++;
      expect(before).toBeLessThanOrEqual(20 * SECOND);
      // Rounding comes last, so the sum may be off by the one microsecond of two halves.
      expect(Math.abs(delay + before - 2 * TIMEOUT)).toBeLessThanOrEqual(1);
    }
    const { low, high } = binomialInterval(5_000, 0.5 * 0.8);
    expect(moved >= low && moved <= high).toBe(true);
  });

  it("makes the shape above the deadline the mirror image of that below", () => {
    const { cdf, mean } = marginalOf("reflect(lognormal(p50=8s, p99=9.9s), p=50%)");
    const above = (1 - cdf(TIMEOUT + SECOND)) * 2;
    const below = marginalOf("lognormal(p50=8s, p99=9.9s)").cdf(TIMEOUT - SECOND);
    // What is beyond twice the deadline is not mirrored: 0.03 %.
    expect(above).toBeCloseTo(below, 3);
    expect(mean() / SECOND).toBeCloseTo(10, 2);
  });
});
