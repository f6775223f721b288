/** Latencies with a memory, a clock, or a difference between devices: what hangs together, and what must not. */
import { describe, expect, it } from "vitest";
import { normalQuantile } from "../../../protocol/exact-math.ts";
import { RandomStream, seedFrom } from "../../../protocol/random.ts";
import { SECOND } from "../../../protocol/time.ts";
import { outputCorrelation } from "./autocorrelation.ts";
import { drawMany, latency, marginalOf } from "./latency-test-support.ts";
import {
  autocorrelation,
  chiSquare,
  correlation,
  kolmogorovSmirnov,
  sampleQuantile,
} from "./statistics-test-support.ts";

const LOGNORMAL = "lognormal(p50=200ms, p99=2500ms)";

/** Mean length of the runs of values above a limit. */
function meanRun(values: readonly number[], limit: number): number {
  let [above, runs] = [0, 0];
  for (const [i, value] of values.entries()) {
    if (value <= limit) continue;
    above++;
    if (i === 0 || (values[i - 1] as number) <= limit) runs++;
  }
  return above / runs;
}

describe("arta", () => {
  // Reference, section 7.5: the formula of the output correlation and the mean run of calls over p99.
  const output = (rho: number): number => (Math.exp(rho * 1.0857 ** 2) - 1) / (Math.exp(1.0857 ** 2) - 1);

  it.each([
    [0.5, 0.357, 1.15],
    [0.8, 0.697, 1.6],
    [0.9, 0.839, 2.18],
    [0.95, 0.917, 3.01],
  ])("rho = %d: correlation at lags 1 to 5, runs over p99", (rho, firstLag, run) => {
    const sample = drawMany(`arta(${LOGNORMAL}, rho=${rho})`, 400_000);
    expect(Math.abs(autocorrelation(sample, 1) - firstLag)).toBeLessThan(0.02);
    for (let lag = 1; lag <= 5; lag++)
      expect(Math.abs(autocorrelation(sample, lag) - output(rho ** lag)), `lag ${lag}`).toBeLessThan(0.02);
    expect(Math.abs(meanRun(sample, 2_500_000) / run - 1)).toBeLessThan(0.07);
    // Four times the spread of one such run, as the reference measured it for a million calls.
    expect(Math.abs(sampleQuantile(sample, 0.5) / 200_000 - 1)).toBeLessThan(0.05);
    expect(Math.abs(sampleQuantile(sample, 0.99) / 2_500_000 - 1)).toBeLessThan(0.06);
  });

  it("keeps the marginal: the 20th delay of every device, Kolmogorov-Smirnov", () => {
    const drawn = latency(`arta(${LOGNORMAL}, rho=0.95)`);
    const random = new RandomStream(seedFrom("7"));
    const twentieth = Array.from({ length: 5_000 }, (_, device) => {
      let delay: number | undefined;
      for (let n = 1; n <= 20; n++) delay = drawn.draw({ device, key: n * 5_000 + device, ordinal: n, at: 0 }, random);
      return delay as number;
    });
    expect(kolmogorovSmirnov(twentieth, marginalOf(LOGNORMAL).cdf)).toBeLessThan(1.358);
  });

  it("knows the output correlation of a lognormal and of a uniform, and solves for it", () => {
    const [lognormal, uniform] = [LOGNORMAL, "uniform(10ms, 90ms)"].map((text) => outputCorrelation(marginalOf(text)));
    for (const rho of [0.1, 0.5, 0.9, 0.99]) {
      expect(lognormal?.(rho)).toBeCloseTo(output(rho), 4);
      expect(uniform?.(rho)).toBeCloseTo((6 / Math.PI) * Math.asin(rho / 2), 4);
    }
    const rho = Math.log(1 + 0.8 * (Math.exp(1.0857 ** 2) - 1)) / 1.0857 ** 2;
    expect(latency(`arta(${LOGNORMAL}, out=0.8)`).facts[0]?.text).toBe(
      `Gaussian rho ${rho.toFixed(4)}, of the delays 0.8`,
    );
  });

  it("fades with the time between requests", () => {
    const correlationAt = (gap: number): number =>
      autocorrelation(drawMany("arta(uniform(0s, 1s), fade=10s)", 50_000, { where: (i) => ({ at: i * gap }) }), 1);
    const output = (rho: number): number => (6 / Math.PI) * Math.asin(rho / 2);
    expect(correlationAt(SECOND)).toBeCloseTo(output(Math.exp(-0.1)), 1);
    expect(Math.abs(correlationAt(100 * SECOND))).toBeLessThan(0.02);
  });

  it("independent delays are independent: Ljung and Box over 20 lags", () => {
    const sample = drawMany(LOGNORMAL, 100_000).map((delay) => Math.log(delay));
    let sum = 0;
    for (let lag = 1; lag <= 20; lag++) sum += autocorrelation(sample, lag) ** 2 / (sample.length - lag);
    // The 1 % point of chi-square with 20 degrees of freedom.
    expect(sample.length * (sample.length + 2) * sum).toBeLessThan(37.57);
  });
});

describe("devices", () => {
  it("of a spread have medians whose logarithms have the deviation tau", () => {
    const medians = drawMany("spread(constant(1s), tau=0.5)", 20_000, { where: (device) => ({ device }) });
    expect(kolmogorovSmirnov(medians, (t) => marginalOf("lognormal(median=1s, sigma=0.5)").cdf(t))).toBeLessThan(1.358);
    const again = drawMany("spread(constant(1s), tau=0.5)", 100, { where: () => ({ device: 5 }) });
    expect(new Set(again)).toEqual(new Set([medians[5]]));
  });

  it("that are slow stay slow", () => {
    const where = { where: (i: number) => ({ device: i % 1_000 }) };
    const drawn = drawMany("slow(constant(10ms), share=5%, factor=10)", 3_000, where);
    const slow = drawn.slice(0, 1_000).filter((delay) => delay === 100_000).length;
    expect(slow).toBeGreaterThan(25);
    expect(slow).toBeLessThan(80);
    expect(drawn.slice(1_000, 2_000)).toEqual(drawn.slice(0, 1_000));
    expect(drawn.slice(2_000)).toEqual(drawn.slice(0, 1_000));
  });

  it("share a factor of weight w in a slice of time, and none across slices or groups", () => {
    const gaussian = (text: string, offset: number): number[] => {
      const { cdf } = marginalOf("uniform(0s, 1000s)");
      const where = { where: (i: number) => ({ device: offset, at: i * SECOND }) };
      return drawMany(text, 20_000, where).map((delay) => normalQuantile(cdf(Math.max(1, delay))));
    };
    const form = "shared(uniform(0s, 1000s), w=0.6, slice=1s)";
    expect(correlation(gaussian(form, 1), gaussian(form, 2))).toBeCloseTo(0.6, 1);
    expect(Math.abs(autocorrelation(gaussian(form, 1), 1))).toBeLessThan(0.03);
    const elsewhere = gaussian("shared(uniform(0s, 1000s), w=0.6, slice=1s, group=2)", 2);
    expect(Math.abs(correlation(gaussian(form, 1), elsewhere))).toBeLessThan(0.03);
    expect(
      kolmogorovSmirnov(drawMany(form, 20_000, { where: (i) => ({ at: i * SECOND }) }), marginalOf(form).cdf),
    ).toBeLessThan(1.628);
  });

  it("draw independently: 60 devices, every pair", () => {
    const n = 2_000;
    const streams = Array.from({ length: 60 }, (_, device) =>
      drawMany("uniform(0s, 1s)", n, { where: () => ({ device }) }),
    );
    let largest = 0;
    for (const [i, one] of streams.entries())
      for (const other of streams.slice(i + 1)) largest = Math.max(largest, Math.abs(correlation(one, other)));
    // 1 % after Bonferroni over 1,770 pairs.
    expect(largest).toBeLessThan(4.53 / Math.sqrt(n));
  });
});

describe("time", () => {
  it.each([
    ["ramp(constant(10ms), constant(110ms), over=10s, start=5s)", [0, 5, 7.5, 10, 15, 99], [10, 10, 35, 60, 110, 110]],
    ["sine(constant(100ms), amplitude=50%, period=8s)", [0, 1, 2, 4, 6, 8], [100, 135.355, 150, 100, 50, 100]],
    ["phases(0s: constant(1ms), 2s: constant(2ms), 4s: never, every=5s)", [0, 1.9, 2, 4, 5, 7], [1, 1, 2, null, 1, 2]],
    ["phases(0s: constant(1ms), 2s: constant(2ms))", [0, 2, 100], [1, 2, 2]],
    ["trace(0s: 1ms, 2s: 2ms, loop=3s)", [0, 1.9, 2, 2.9, 3, 5], [1, 1, 2, 2, 1, 2]],
  ])("%s", (text, seconds, delaysMs) => {
    const where = { where: (i: number) => ({ at: Math.round((seconds[i] as number) * SECOND) }) };
    const expected = delaysMs.map((ms) => (ms === null ? Number.POSITIVE_INFINITY : Math.round(ms * 1_000)));
    expect(drawMany(text, seconds.length, where)).toEqual(expected);
  });

  it("a ramp of one family is a ramp of its parameters", () => {
    const half = drawMany("ramp(exponential(mean=1s), exponential(mean=3s), over=10s)", 50, {
      where: () => ({ at: 5 * SECOND }),
    });
    expect(half).toEqual(drawMany("exponential(mean=2s)", 50));
  });

  it("a duty cycle waits for the device's own window", () => {
    const where = { where: (i: number) => ({ device: 3, at: i * 10_000 }) };
    const waits = drawMany("dutycycle(period=1s, window=100ms, service=constant(1ms))", 400, where);
    for (const [i, wait] of waits.entries()) {
      expect(wait).toBeLessThanOrEqual(901_000);
      // The clock takes 10 ms from each wait, or the window begins.
      const next = waits[i + 1];
      if (next !== undefined && wait > 11_000) expect(wait - next).toBe(10_000);
    }
    expect(waits.filter((wait) => wait === 1_000).length).toBe(40);
  });

  it("regimes hold for times drawn once, whoever asks how often", () => {
    const text =
      "regimes(good: constant(1ms) for 60s, bad: constant(2ms) for 5s then good 90% | out 10%, out: never for 3s)";
    const dense = drawMany(text, 100_000, { where: (i) => ({ at: i * 100_000 }) });
    const sparse = drawMany(text, 100, { where: (i) => ({ at: i * 100 * SECOND }) });
    expect(sparse).toEqual(Array.from({ length: 100 }, (_, i) => dense[i * 1_000]));
    const stays = dense.flatMap((delay, i) => (delay === dense[i - 1] ? [] : [{ delay, i }]));
    const lengths = (of: number): number[] =>
      stays.flatMap(({ delay, i }, n) =>
        delay === of && stays[n + 1] !== undefined ? [((stays[n + 1]?.i as number) - i) / 10] : [],
      );
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(Math.abs(mean(lengths(1_000)) / 60 - 1)).toBeLessThan(0.2);
    expect(Math.abs(mean(lengths(2_000)) / 5 - 1)).toBeLessThan(0.25);
  });

  it("at the start devices are in the regimes in which they spend their time", () => {
    const text = "regimes(a: constant(1ms) for 30s, b: constant(2ms) for 10s)";
    const drawn = drawMany(text, 10_000, { where: (device) => ({ device }) });
    const good = drawn.filter((delay) => delay === 1_000).length;
    const { value, critical } = chiSquare([good, 10_000 - good], [7_500, 2_500]);
    expect(value).toBeLessThan(critical);
  });

  it("a stay in a regime is exponential: chi-square over devices", () => {
    const text = "regimes(a: constant(1ms) for 10s, b: constant(2ms) for 10s)";
    // Seen at 10 s, a device is where it began with a chance of (1 + e^-2) / 2.
    const drawn = latency(text);
    const random = new RandomStream(seedFrom("7"));
    let same = 0;
    for (let device = 0; device < 10_000; device++) {
      const at = (time: number) => drawn.draw({ device, key: 0, ordinal: 1, at: time }, random);
      if (at(0) === at(10 * SECOND)) same++;
    }
    const share = (1 + Math.exp(-2)) / 2;
    const { value, critical } = chiSquare([same, 10_000 - same], [10_000 * share, 10_000 * (1 - share)]);
    expect(value).toBeLessThan(critical);
  });
});

describe("queue", () => {
  it("a request waits for those before it, each device for itself", () => {
    const arrivals = [0, 10, 20, 400].map((ms) => ms * 1_000);
    const where = (device: number) => ({ where: (i: number) => ({ device, at: arrivals[i] as number }) });
    expect(drawMany("queue(constant(100ms))", 4, where(0))).toEqual([100_000, 190_000, 280_000, 100_000]);
    expect(drawMany("queue(constant(100ms), servers=2)", 4, where(1))).toEqual([100_000, 100_000, 180_000, 100_000]);
    expect(drawMany("queue(constant(100ms), cap=2)", 4, where(2))).toEqual([
      100_000,
      190_000,
      Number.POSITIVE_INFINITY,
      100_000,
    ]);
    const two = drawMany("queue(constant(100ms))", 4, { where: (i) => ({ device: i % 2, at: 0 }) });
    expect(two).toEqual([100_000, 100_000, 200_000, 200_000]);
  });

  it("has room again at the instant at which a request leaves", () => {
    const arrivals = [0, 99_999, 100_000];
    const drawn = drawMany("queue(constant(100ms), cap=1)", 3, { where: (i) => ({ at: arrivals[i] as number }) });
    expect(drawn).toEqual([100_000, Number.POSITIVE_INFINITY, 100_000]);
  });

  it("a request that never ends holds no server", () => {
    const drawn = drawMany("queue(phases(0s: never, 1s: constant(5ms)))", 2, { where: (i) => ({ at: i * SECOND }) });
    expect(drawn).toEqual([Number.POSITIVE_INFINITY, 5_000]);
  });

  it("keeps at most cap requests with the share that Erlang's formula gives", () => {
    // M/M/1 with room for 4 and a load of 0.9 turns away (1 - r) r^4 / (1 - r^5) of the arrivals.
    const random = new RandomStream(seedFrom("arrivals"));
    let at = 0;
    const arrivals = Array.from({ length: 100_000 }, (_, i) => {
      at += -Math.log(random.seek(0, 3, i).uniform()) * (SECOND / 9);
      return Math.round(at);
    });
    const drawn = drawMany("queue(exponential(mean=100ms), cap=4)", 100_000, {
      where: (i) => ({ at: arrivals[i] as number }),
    });
    const refused = drawn.filter((delay) => delay === Number.POSITIVE_INFINITY).length / drawn.length;
    expect(refused).toBeCloseTo((0.1 * 0.9 ** 4) / (1 - 0.9 ** 5), 2);
  });
});
