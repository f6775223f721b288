import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PURPOSE, RandomStream, seedFrom } from "../../protocol/random.ts";
import { SECOND } from "../../protocol/time.ts";
import { isProblem } from "./form.ts";
import { type Latency, parseLatency } from "./latency.ts";

function latency(text: string): Latency {
  const parsed = parseLatency(text);
  if (isProblem(parsed)) throw new Error(parsed.message);
  return parsed;
}

function draws(text: string, count: number): number[] {
  const stream = new RandomStream(seedFrom("7"));
  const drawn = latency(text);
  return Array.from({ length: count }, (_, call) => drawn.quantile(stream.seek(0, PURPOSE.latency, call).uniform()));
}

describe("quantiles of each family", () => {
  it.each([
    ["constant(50ms)", 0.001, 50_000],
    ["constant(50ms)", 0.999, 50_000],
    ["constant(delay=0ms)", 0.5, 0],
    ["uniform(10ms, 90ms)", 0.5, 50_000],
    ["uniform(10ms, 90ms)", 0.99, 89_200],
    ["uniform(high=90ms, low=10ms)", 0.25, 30_000],
    // -ln(1 - u) of the mean.
    ["exponential(mean=4s)", 0.5, 2_772_589],
    ["exponential(4s)", 0.99, 18_420_681],
    ["exponential(mean=1s)", 1 - Math.exp(-1.25), 1_250_000],
    // exp(ln p50 + ln(p99 / p50) z(u) / z(0.99))
    ["lognormal(p50=40ms, p99=400ms)", 0.5, 40_000],
    ["lognormal(p50=40ms, p99=400ms)", 0.99, 400_000],
    ["lognormal(40ms, 400ms)", 0.9, 142_215],
    ["lognormal(p50=40ms, p99=40ms)", 0.001, 40_000],
  ])("%s at %d is %d us", (text, u, delay) => {
    expect(latency(text).quantile(u)).toBe(delay);
  });

  it.each(["constant(50ms)", "uniform(1ms, 2ms)", "exponential(mean=4s)", "lognormal(p50=40ms, p99=400ms)"])(
    "%s: whole, not negative, and rising",
    (text) => {
      const { quantile } = latency(text);
      const share = fc.double({ min: 0, max: 1, minExcluded: true, maxExcluded: true, noNaN: true });
      fc.assert(
        fc.property(share, share, (a, b) => {
          const [low, high] = [quantile(Math.min(a, b)), quantile(Math.max(a, b))];
          expect(Number.isSafeInteger(low) && Number.isSafeInteger(high)).toBe(true);
          expect(low).toBeGreaterThanOrEqual(0);
          expect(high).toBeGreaterThanOrEqual(low);
        }),
      );
    },
  );
});

it.each([
  ["constant(50ms)", [50_000, 50_000]],
  ["uniform(10ms, 90ms)", [49_069, 58_504, 34_594, 58_397]],
  ["exponential(mean=4s)", [2_680_574, 3_728_662, 1_469_369, 3_715_112]],
  ["lognormal(p50=40ms, p99=400ms)", [38_862, 52_238, 24_309, 52_059]],
])("%s draws these delays for seed 7 on every machine", (text, delays) => {
  expect(draws(text, delays.length)).toEqual(delays);
});

it("exponential(mean=4s) exceeds 5 s in a share of e^-1.25", () => {
  const above = draws("exponential(mean=4s)", 100_000).filter((delay) => delay > 5 * SECOND).length;
  // The exact 99.9 % interval of a binomial count, n = 100,000 and p = 0.2865047969.
  expect(above).toBeGreaterThanOrEqual(28_181);
  expect(above).toBeLessThanOrEqual(29_122);
});

describe("what is refused, with everything that is wrong", () => {
  it.each([
    ["", ['expected name(argument, ...), got ""']],
    ["50ms", ['expected name(argument, ...), got "50ms"']],
    ["constant 50ms", ['expected name(argument, ...), got "constant 50ms"']],
    ["constant(50ms", ["expected name(argument, ...)"]],
    ["constant((50ms))", ["expected name(argument, ...)"]],
    ["gauss(1ms)", ['unknown latency "gauss"', "constant, uniform, exponential, lognormal"]],
    ["constructor(1ms)", ['unknown latency "constructor"']],
    ["__proto__(1ms)", ['unknown latency "__proto__"']],
    ["constant", ["constant: delay is missing"]],
    ["constant()", ["constant: delay is missing"]],
    ["constant(50)", ['constant: delay must be a duration such as 50ms, got "50"']],
    ["constant(-50ms)", ['got "-50ms"']],
    ["constant(50ms,)", ["argument 2 of constant is empty"]],
    ["constant(delay=)", ["argument 1 of constant is empty"]],
    ["constant(50ms, 60ms)", ["constant: argument 2 is not one of its arguments (delay)"]],
    ["constant(50ms, delay=50ms)", ["constant: argument 1 is not one of its arguments (delay)"]],
    ["constant(mean=50ms)", ["constant: delay is missing", "constant: mean is not one of its arguments (delay)"]],
    ["uniform(low=1ms, low=2ms)", ["low is given twice in uniform"]],
    ["uniform(90ms, 10ms)", ["uniform: high must not be below low"]],
    ["uniform(x, y, 3ms)", ['low must be a duration such as 50ms, got "x"', "high must be", "argument 3 is not one"]],
    ["exponential(mean=4, sd=1s)", ['mean must be a duration such as 50ms, got "4"', "sd is not one of its arguments"]],
    ["lognormal(p50=400ms, p99=40ms)", ["lognormal: needs 0 < p50 <= p99"]],
    ["lognormal(p50=0ms, p99=40ms)", ["lognormal: needs 0 < p50 <= p99"]],
    ["lognormal(p95=40ms)", ["p50 is missing", "p99 is missing", "p95 is not one of its arguments (p50, p99)"]],
  ])("%j", (text, problems) => {
    const parsed = parseLatency(text);
    if (!isProblem(parsed)) throw new Error("it was accepted");
    for (const problem of problems) expect(parsed.message).toContain(problem);
  });
});
