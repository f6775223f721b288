/** Every distribution against its own distribution function: fixed seeds, so that a pass stays a pass. */
import { describe, expect, it } from "vitest";
import { PURPOSE, RandomStream, seedFrom } from "../../../protocol/random.ts";
import { MILLISECOND, SECOND } from "../../../protocol/time.ts";
import { binomialInterval } from "../../../test/binomial.ts";
import { drawMany, latency, marginalOf, TIMEOUT } from "./latency-test-support.ts";
import { andersonDarling, chiSquare, kolmogorovSmirnov, sampleQuantile } from "./statistics-test-support.ts";

const KS_5_PERCENT = 1.358;
const AD_5_PERCENT = 2.492;

/** Delays before they are rounded, from the addresses that draws have. */
function continuous(text: string, count: number, seed = "7"): number[] {
  const random = new RandomStream(seedFrom(seed));
  const { quantile } = marginalOf(text);
  return Array.from({ length: count }, (_, key) => quantile(random.seek(0, PURPOSE.latency, key).uniform()));
}

describe("the continuous sample", () => {
  it.each([
    ["lognormal(p50=200ms, p99=2500ms)", 1_000_000],
    ["exponential(mean=4s)", 1_000_000],
    ["weibull(p50=40ms, p99=400ms)", 100_000],
    ["uniform(10ms, 90ms)", 100_000],
    ["exponential(mean=1s, offset=30ms)", 100_000],
    ["lognormal(p50=40ms, p99=400ms, floor=20ms)", 100_000],
    ["lognormal(median=40ms, mean=60ms)", 100_000],
    ["pareto(p50=200ms, p99=2500ms, cap=1h, beyond=reject)", 100_000],
    ["pareto(xm=10ms, alpha=2.5)", 100_000],
    ["lomax(p50=200ms, p99=2500ms)", 100_000],
    ["gamma(mean=120ms, cv=0.5)", 100_000],
    ["gamma(mean=120ms, cv=2)", 100_000],
    ["erlang(mean=120ms, stages=3)", 100_000],
    ["normal(mean=200ms, sd=20ms)", 100_000],
    ["paretonormal(mean=200ms, sd=20ms)", 20_000],
    ["quantiles(0%=1ms, 50%=40ms, 99%=400ms, 100%=2s)", 100_000],
    ["lognormal(p50=40ms, p99=400ms, cap=300ms, beyond=reject)", 100_000],
    ["lognormal(p50=40ms, p99=400ms, least=30ms, below=reject)", 100_000],
    ["mixture(70%: exponential(mean=1s), 30%: gamma(mean=1s, cv=0.5))", 20_000],
    ["reflect(exponential(mean=4s), p=30%)", 20_000],
  ])("%s, n = %d: Kolmogorov-Smirnov and Anderson-Darling", (text, n) => {
    const sample = continuous(text, n);
    const { cdf } = marginalOf(text);
    expect(kolmogorovSmirnov(sample, cdf)).toBeLessThan(KS_5_PERCENT);
    expect(andersonDarling(sample, cdf)).toBeLessThan(AD_5_PERCENT);
  });

  it("of a lognormal with a median 1 % off would be found out", () => {
    const sample = continuous("lognormal(p50=202ms, p99=2525ms)", 400_000);
    expect(kolmogorovSmirnov(sample, marginalOf("lognormal(p50=200ms, p99=2500ms)").cdf)).toBeGreaterThan(KS_5_PERCENT);
  });
});

/** Delays of delays in tens of milliseconds are so much longer than a microsecond that rounding moves no statistic. */
describe("draws that ask chance more than once, or differ by device or time", () => {
  const everyDeviceOnce = { where: (i: number) => ({ device: i, at: 3_600 * SECOND }) };
  it.each([
    ["mixture(70%: exponential(mean=1s), 30%: gamma(mean=1s, cv=0.5))", {}],
    [
      "mixture(50%: mixture(50%: uniform(1s, 2s), 50%: uniform(2s, 3s)), 50%: mixture(50%: uniform(3s, 4s), 50%: uniform(4s, 5s)))",
      {},
    ],
    ["reflect(exponential(mean=4s), p=30%)", {}],
    ["spread(exponential(mean=1s), tau=0.5)", everyDeviceOnce],
    ["slow(exponential(mean=1s), share=20%, factor=10)", everyDeviceOnce],
    ["dutycycle(period=10s, window=10ms, service=exponential(mean=1s))", everyDeviceOnce],
    [
      "regimes(a: exponential(mean=1s) for 60s, b: uniform(5s, 9s) for 20s then a 50% | c 50%, c: uniform(1s, 2s) for constant(9s))",
      everyDeviceOnce,
    ],
    ["trace(0s: 10ms, 1s: 20ms, 3s: 40ms, loop=10s, block=7s)", everyDeviceOnce],
    ["sine(base=exponential(mean=1s), amplitude=50%, period=60s)", { where: (i: number) => ({ at: i * 17_771 }) }],
    [
      "phases(0s: exponential(mean=1s), 10s: uniform(1s, 2s), every=40s)",
      { where: (i: number) => ({ at: i * 17_771 }) },
    ],
    ["shared(exponential(mean=1s), w=0.7, slice=1s)", { where: (i: number) => ({ device: i, at: i * SECOND }) }],
    ["arta(exponential(mean=1s), rho=0.9)", everyDeviceOnce],
  ])("%s", (text, where) => {
    const sample = drawMany(text, 20_000, where);
    const { quantile } = marginalOf(text);
    const shares = [0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.98];
    const edges = [...new Set(shares.map((u) => Math.round(quantile(u))))];
    const bins = [Number.NEGATIVE_INFINITY, ...edges, Number.POSITIVE_INFINITY];
    const { cdf } = marginalOf(text);
    const upTo = (edge: number): number =>
      edge === Number.NEGATIVE_INFINITY ? 0 : edge === Number.POSITIVE_INFINITY ? 1 : cdf(edge + 0.5);
    const expected = bins.slice(1).map((edge, i) => sample.length * (upTo(edge) - upTo(bins[i] as number)));
    const counts = bins
      .slice(1)
      .map((edge, i) => sample.filter((delay) => delay > (bins[i] as number) && delay <= edge).length);
    const filled = expected.map((count, i) => [count, counts[i] as number] as const).filter(([count]) => count > 0.5);
    const { value, critical } = chiSquare(
      filled.map(([, count]) => count),
      filled.map(([count]) => count),
    );
    expect(value).toBeLessThan(critical);
  });
});

describe("delivered whole microseconds", () => {
  it.each([
    ["exponential(mean=20us)", 80],
    ["normal(mean=30us, sd=10us)", 55],
    ["uniform(10us, 19us)", 19],
    ["lognormal(p50=10us, p99=60us, cap=40us, beyond=clamp)", 40],
  ])("%s: chi-square of every value", (text, highest) => {
    const sample = drawMany(text, 100_000);
    const { cdf } = marginalOf(text);
    const from = Math.min(...sample);
    const values = Array.from({ length: highest - from + 1 }, (_, i) => from + i);
    const share = (value: number): number => cdf(value + 0.5) - (value === from ? 0 : cdf(value - 0.5));
    const bins = values.map((value) => [
      sample.filter((delay) => delay === value).length,
      share(value) * sample.length,
    ]);
    const usable = bins.filter(([, expected]) => (expected as number) >= 5);
    const rest = bins.filter(([, expected]) => (expected as number) < 5);
    const { value, critical } = chiSquare(
      usable.map(([count]) => count as number),
      usable.map(([, expected]) => expected as number),
    );
    expect(usable.length).toBeGreaterThan(8);
    expect(rest.length).toBeLessThan(25);
    expect(value).toBeLessThan(critical);
  });

  it("a straddled deadline is hit on every point of its grid alike", () => {
    const sample = drawMany("straddle(within=5ms, grid=1ms)", 110_000);
    const counts = Array.from({ length: 11 }, (_, i) => {
      const point = TIMEOUT + (i - 5) * MILLISECOND;
      return sample.filter((delay) => delay === point).length;
    });
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(110_000);
    const { value, critical } = chiSquare(
      counts,
      counts.map(() => 10_000),
    );
    expect(value).toBeLessThan(critical);
  });
});

describe("quantiles of a million draws of lognormal(p50=200ms, p99=2500ms)", () => {
  const sample = drawMany("lognormal(p50=200ms, p99=2500ms)", 1_000_000);
  it.each([
    [0.5, 200_000, 0.005],
    [0.99, 2_500_000, 0.02],
    [0.999, 5_729_672, 0.05],
  ])("%d is %d us, within %d", (u, delay, tolerance) => {
    expect(Math.abs(sampleQuantile(sample, u) / delay - 1)).toBeLessThan(tolerance);
  });
});

/** Reference, section 7.2: p50 = 200 ms and p99 = 2,500 ms hide a factor of 500. Means and p99.9 in ms, shares later than 10 s in %. */
describe("the worked example", () => {
  const CAP = "cap=1000h, beyond=never";
  it.each([
    ["lognormal(p50=200ms, p99=2500ms)", 360.6, 5_730, 0.0157],
    ["weibull(p50=200ms, p99=2500ms)", 388.4, 4_293, 0.00022],
    ["pareto(p50=200ms, p99=2500ms, CAP)", 360.8, 11_055, 0.117],
    ["lomax(p50=200ms, p99=2500ms)", 365.9, 5_695, 0.0174],
  ])("%s", (text, meanMs, p999Ms, latePercent) => {
    const marginal = marginalOf(text.replace("CAP", CAP));
    expect(Math.abs(marginal.mean() / 1_000 / meanMs - 1)).toBeLessThan(0.0005);
    expect(Math.round(marginal.quantile(0.999) / 1_000)).toBe(p999Ms);
    expect(100 * (1 - marginal.cdf(10 * SECOND))).toBeCloseTo(
      latePercent,
      latePercent < 0.001 ? 5 : latePercent < 0.1 ? 4 : 3,
    );
  });

  it("each mean is the average of the quantiles", () => {
    for (const text of ["lognormal(p50=200ms, p99=2500ms)", "gamma(mean=1s, cv=2)", "weibull(p50=200ms, p99=2500ms)"]) {
      const { quantile, mean } = marginalOf(text);
      const n = 50_000;
      let sum = 0;
      for (let i = 0; i < n; i++) sum += quantile((i + 0.5) / n);
      expect(Math.abs(sum / n / mean() - 1), text).toBeLessThan(0.001);
    }
  });
});

describe("truncation moves what it says and nothing else", () => {
  const plain = marginalOf("exponential(mean=1s)");
  const beyond = 1 - plain.cdf(2 * SECOND);

  it("reject draws each delay from the part that is left, with the same one number", () => {
    const rejected = marginalOf("exponential(mean=1s, cap=2s, beyond=reject)");
    for (const u of [0.001, 0.3, 0.9999]) expect(rejected.quantile(u)).toBeCloseTo(plain.quantile(u * (1 - beyond)), 3);
    expect(rejected.cdf(2 * SECOND)).toBe(1);
  });

  it.each([
    ["clamp", 2 * SECOND],
    ["never", Number.POSITIVE_INFINITY],
  ])("%s turns exactly the longer ones into %d", (rule, value) => {
    const before = drawMany("exponential(mean=1s)", 20_000);
    const after = drawMany(`exponential(mean=1s, cap=2s, beyond=${rule})`, 20_000);
    expect(after).toEqual(before.map((delay) => (delay > 2 * SECOND ? value : delay)));
    const { low, high } = binomialInterval(20_000, beyond);
    const moved = after.filter((delay) => delay === value).length;
    expect(moved >= low && moved <= high).toBe(true);
  });

  it("tells how much it moved", () => {
    const { facts } = latency("exponential(mean=1s, cap=2s, beyond=clamp, least=100ms, below=clamp)");
    expect(facts.map(({ text }) => text)).toEqual([
      "below 100ms: clamp (9.516% of the draws)",
      "beyond 2s: clamp (13.53% of the draws)",
    ]);
  });
});
