import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RandomStream, seedFrom } from "../../protocol/random.ts";
import { SECOND } from "../../protocol/time.ts";
import { isProblem } from "./form.ts";
import { drawMany, latency, marginalOf } from "./latency/latency-test-support.ts";
import { LATENCY_MENU } from "./latency/menu.ts";
import { parseLatency } from "./latency.ts";

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
    ["exponential(mean=1s, offset=30ms)", 1 - Math.exp(-1.25), 1_280_000],
    // exp(ln p50 + ln(p99 / p50) z(u) / z(0.99))
    ["lognormal(p50=40ms, p99=400ms)", 0.5, 40_000],
    ["lognormal(p50=40ms, p99=400ms)", 0.99, 400_000],
    ["lognormal(40ms, 400ms)", 0.9, 142_215],
    ["lognormal(p50=40ms, p99=40ms)", 0.001, 40_000],
    ["lognormal(p50=40ms, p99=400ms, floor=30ms)", 0.99, 400_000],
    ["lognormal(median=40ms, sigma=1)", 0.99, 409_619],
    ["weibull(p50=40ms, p99=400ms)", 0.99, 400_000],
    ["pareto(p50=40ms, p99=200ms)", 0.99, 200_000],
    ["lomax(p50=40ms, p99=400ms)", 0.99, 400_000],
    // Half of the 90 % point of chi-square with 8 degrees of freedom, 13.3616, times 30 ms.
    ["gamma(mean=120ms, cv=0.5)", 0.9, 200_423],
    ["erlang(mean=120ms, stages=4)", 0.9, 200_423],
    ["normal(mean=50ms, sd=20ms)", 0.9, 75_631],
    ["normal(mean=50ms, sd=20ms)", 0.001, 0],
  ])("%s at %d is %d us", (text, u, delay) => {
    expect(Math.round(marginalOf(text).quantile(u))).toBe(delay);
  });
});

describe.each([...LATENCY_MENU.values()])("$name", ({ example, meaning }) => {
  it("its example is read, and it has a meaning", () => {
    expect(latency(example).text).toBe(example);
    expect(meaning.length).toBeGreaterThan(5);
  });

  it("draws whole microseconds, none below zero, or silence", () => {
    const ordinal = fc.integer({ min: 0, max: 1_000 });
    fc.assert(
      fc.property(fc.string(), ordinal, fc.array(fc.integer({ min: 0, max: 10_000_000 })), (seed, device, gaps) => {
        const random = new RandomStream(seedFrom(seed));
        const drawn = latency(example);
        let at = 0;
        for (const [key, gap] of gaps.entries()) {
          at += gap;
          const delay = drawn.draw({ device, key, ordinal: key + 1, at }, random);
          if (delay !== undefined) expect(Number.isSafeInteger(delay) && delay >= 0).toBe(true);
        }
      }),
      { numRuns: 25 },
    );
  });

  it("has quantiles that never fall, and that its distribution function gives back", () => {
    const { marginal } = latency(example);
    if (marginal === undefined) return;
    const share = fc.double({ min: 0, max: 1, minExcluded: true, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(share, share, (a, b) => {
        const [low, high] = [marginal.quantile(Math.min(a, b)), marginal.quantile(Math.max(a, b))];
        expect(low).toBeGreaterThanOrEqual(0);
        expect(Math.round(high)).toBeGreaterThanOrEqual(Math.round(low));
        if (Number.isFinite(low)) expect(marginal.cdf(low * (1 + 1e-9))).toBeGreaterThanOrEqual(Math.min(a, b) - 1e-7);
      }),
      { numRuns: 25 },
    );
  });
});

it.each([
  ["constant(50ms)", [50_000, 50_000]],
  ["uniform(10ms, 90ms)", [49_069, 58_504, 34_594, 58_397]],
  ["exponential(mean=4s)", [2_680_574, 3_728_662, 1_469_369, 3_715_112]],
  ["lognormal(p50=40ms, p99=400ms)", [38_862, 52_238, 24_309, 52_059]],
])("%s draws these delays for seed 7 on every machine", (text, delays) => {
  expect(drawMany(text, delays.length)).toEqual(delays);
});

it("exponential(mean=4s) exceeds 5 s in a share of e^-1.25", () => {
  const above = drawMany("exponential(mean=4s)", 100_000).filter((delay) => delay > 5 * SECOND).length;
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
    ["constant((50ms))", ['delay must be a duration such as 50ms, got "(50ms)"']],
    ["constant(50ms))", ["expected name(argument, ...)"]],
    ['constant("50ms)', ["expected name(argument, ...)"]],
    ["gauss(1ms)", ['unknown latency "gauss"', "constant, uniform, exponential, lognormal, weibull"]],
    ["constructor(1ms)", ['unknown latency "constructor"']],
    ["__proto__(1ms)", ['unknown latency "__proto__"']],
    ["constant", ["constant: delay is missing"]],
    ["constant()", ["constant: delay is missing"]],
    ["constant(50)", ['constant: delay must be a duration such as 50ms, got "50"']],
    ["constant(-50ms)", ['got "-50ms"']],
    ["constant(50ms,)", ["argument 2 of constant is empty"]],
    ["constant(delay=)", ["argument 1 of constant is empty"]],
    ["constant(50ms, 60ms)", ["constant: argument 2 is not one of its arguments (delay,"]],
    ["constant(50ms, delay=50ms)", ["constant: argument 1 is not one of its arguments (delay,"]],
    ["constant(mean=50ms)", ["constant: delay is missing", "constant: mean is not one of its arguments (delay,"]],
    ["uniform(low=1ms, low=2ms)", ["low is given twice in uniform"]],
    ["uniform(90ms, 10ms)", ["uniform: high must not be below low"]],
    ["uniform(x, y, 3ms)", ['low must be a duration such as 50ms, got "x"', "high must be", "argument 3 is not one"]],
    ["exponential(mean=4, sd=1s)", ['mean must be a duration such as 50ms, got "4"', "sd is not one of its arguments"]],
    ["lognormal(p50=400ms, p99=40ms)", ["lognormal: needs 0 < p50 <= p99"]],
    ["lognormal(p50=0ms, p99=40ms)", ["lognormal: needs 0 < p50 <= p99"]],
    ["lognormal(p95=40ms)", ["p50 is missing", "p99 is missing", "p95 is not one of its arguments (p50, p99,"]],
    ["lognormal(p50=5ms, p99=40ms, floor=5ms)", ["lognormal: needs floor < p50 <= p99"]],
    ["weibull(p50=40ms, p99=40ms)", ["weibull: needs 0 < p50 < p99"]],
    ["pareto(p50=40ms, p99=400ms)", ["pareto: its variance is infinite (alpha = 1.699), so it needs a cap"]],
    ["lomax(alpha=0.9, lambda=1s)", ["lomax: its mean is infinite (alpha = 0.9), so it needs a cap"]],
    ["lomax(p50=40ms, p99=200ms)", ["lomax: needs p99 above 6.644 times p50"]],
    ["gamma(mean=1s, cv=0)", ['gamma: cv must be a number from 0.01 to 10, got "0"']],
    ["erlang(1s, 2.5)", ['erlang: stages must be a whole number from 1 to 10000, got "2.5"']],
    ["never(1s)", ["never: argument 1 is not one of its arguments"]],
    ["constant(1s, cap=2s)", ["constant: a cap needs its rule: beyond=reject, beyond=clamp or beyond=never"]],
    ["constant(1s, beyond=clamp)", ["beyond has no cap to apply to"]],
    ["constant(1s, cap=2s, beyond=wrap)", ['beyond must be one of reject, clamp, never, got "wrap"']],
    ["constant(1s, cap=10ms, beyond=reject)", ["every delay is beyond the cap"]],
    ["uniform(1s, 2s, cap=1s, beyond=clamp, least=1s, below=clamp)", ["needs least < cap"]],
    ["mixture()", ["mixture: needs components"]],
    ["mixture(50%: never)", ["mixture: the shares must add up to 100%, not 50%"]],
    ["mixture(x: never, 50%: nver)", ['"x:" must be a share above 0%', 'unknown latency "nver"']],
    ["mixture(never)", ["argument 1 is not one of its arguments"]],
    ["quantiles()", ["quantiles: needs quantiles"]],
    ["quantiles(50%=40ms, 99%=4ms)", ["99% is 4ms, below 50%"]],
    ["quantiles(120%=40ms)", ["120% must be between 0% and 100%"]],
    ["trace(1s: 2ms, loop=1s)", ["trace: must begin at 0s:"]],
    ["trace(0s: 2ms, 2s: 3ms, loop=1s)", ["loop must be after the last entry"]],
    ["ramp(constant(1ms), never, over=1s)", ["ramp: to may never answer"]],
    ["ramp(constant(1ms))", ["ramp: to is missing", "ramp: over is missing"]],
    [
      "sine(constant(x), amplitude=2, period=1s)",
      ["delay must be a duration", "amplitude must be between 0% and 100%"],
    ],
    ["phases(0s: constant(1s), 0s: constant(1s))", ["phases: 0s: is not after the phase before"]],
    ["regimes(a: never)", ["needs two regimes or more", "a: must be a latency and how long it lasts"]],
    ["regimes(a: never for 1s then c, b: never for 1s)", ['after "then" comes a regime and its share']],
    ["regimes(a: never for never, b: never for 1s)", ["a stay must have a length"]],
    ["arta(constant(1ms))", ["needs one of rho=0.9, out=0.8"]],
    ["arta(constant(1ms), rho=1)", ['rho must be a number above 0 and below 1, got "1"']],
    ["arta(queue(constant(1ms)), out=0.5)", ["out needs a form whose distribution is known"]],
    ["dutycycle(1s, 2s, constant(1ms))", ["needs 0 < window <= period"]],
    ["queue(constant(1ms), servers=2, cap=1)", ["cap must not be below servers"]],
    ["miss(60%, constant(1ms))", ["the share that misses must be above 0% and below 50%"]],
    ["miss(1%, queue(constant(1ms)))", ["needs a form whose every delay is drawn alike"]],
    ["miss(1%, lognormal(p50=20s))", ["cannot be later than 10s in 1% of the draws"]],
    ["miss(1%, pareto(p50=200ms))", ["its variance is infinite (alpha = 1), so it needs a cap"]],
    ["straddle(within=20s)", ["within must not be above the timeout"]],
    ["straddle(within=1s, w=50%)", ["straddle: base is missing"]],
    [`${"spread(".repeat(30)}never${")".repeat(30)}`, ["more than 20 forms within each other"]],
  ])("%j", (text, problems) => {
    const parsed = parseLatency(text, 10 * SECOND);
    if (!isProblem(parsed)) throw new Error("it was accepted");
    for (const problem of problems) expect(parsed.message).toContain(problem);
  });
});

it.each(["miss(1%, exponential)", "straddle(5ms)", "reflect(constant(1s))"])("%s needs to know the timeout", (text) => {
  expect(parseLatency(text)).toMatchObject({ message: expect.stringContaining("relative to the timeout of a call") });
});

it("problems of nested forms are reported with those around them", () => {
  const parsed = parseLatency("mixture(90%: uniform(2s, 1s), 5%: spread(gauss(1s), tau=9))");
  expect(isProblem(parsed) && parsed.message.split("; ")).toEqual([
    "uniform: high must not be below low",
    expect.stringContaining('unknown latency "gauss"'),
    'spread: tau must be a number from 0 to 5, got "9"',
    "mixture: the shares must add up to 100%, not 95%",
  ]);
});

it("no text, however broken, makes it throw or never end", () => {
  const examples = [...LATENCY_MENU.values()].map(({ example }) => example);
  const piece = fc.oneof(
    fc.string({ maxLength: 5 }),
    fc.constantFrom(...examples, "0ms", "0%", "1us", "9999999h", ",", "(", ")", "="),
  );
  const broken = fc
    .tuple(fc.constantFrom(...examples), fc.nat(100), fc.nat(20), piece)
    .map(([example, at, length, put]) => {
      const from = Math.min(at, example.length);
      return example.slice(0, from) + put + example.slice(from + length);
    });
  const random = new RandomStream(seedFrom("7"));
  fc.assert(
    fc.property(broken, (text) => {
      const parsed = parseLatency(text, 10 * SECOND);
      if (isProblem(parsed)) {
        expect(parsed.message).not.toBe("");
        return;
      }
      const delay = parsed.draw({ device: 1, key: 1, ordinal: 1, at: 5 * SECOND }, random);
      expect(delay === undefined || (Number.isSafeInteger(delay) && delay >= 0), `${delay}`).toBe(true);
    }),
    { numRuns: 500 },
  );
});
