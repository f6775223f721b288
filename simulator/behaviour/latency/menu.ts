/** Every latency form there is: its name, its arguments, an example and what it means. docs/latency.md prints this table. */
import type { FormReader } from "../form.ts";
import { readArta } from "./autocorrelation.ts";
import { readMiss, readReflect, readStraddle } from "./deadline.ts";
import { readQueue } from "./device-queue.ts";
import { readSlow, readSpread } from "./device-spread.ts";
import { readDutyCycle } from "./duty-cycle.ts";
import {
  readConstant,
  readExponential,
  readLognormal,
  readNormal,
  readParetonormal,
  readUniform,
  readWeibull,
} from "./families.ts";
import { readErlang, readGamma } from "./gamma.ts";
import { type Marginal, NEVER } from "./marginal.ts";
import { readMixture } from "./mixture.ts";
import { type FormScope, independent, type LatencyNode, type ReadNode } from "./node.ts";
import { readLomax, readPareto } from "./pareto.ts";
import { readQuantiles } from "./quantile-table.ts";
import { readRegimes } from "./regimes.ts";
import { readShared } from "./shared-factor.ts";
import { readPhases, readRamp, readSine } from "./time-varying.ts";
import { readTrace } from "./trace.ts";
import { TRUNCATION_ARGUMENTS } from "./truncation.ts";

export interface LatencyKind {
  readonly name: string;
  readonly arguments: readonly string[];
  /** True when it also takes cap, beyond, least and below. */
  readonly truncates: boolean;
  readonly read: ReadNode;
  readonly example: string;
  readonly meaning: string;
}

type Told = Pick<LatencyKind, "example" | "meaning">;

/** A form that is a distribution and nothing else. */
function family(
  name: string,
  own: readonly string[],
  read: (reader: FormReader, scope: FormScope) => Marginal,
  told: Told,
): LatencyKind {
  const node = (reader: FormReader, scope: FormScope): LatencyNode => independent(read(reader, scope));
  return { name, arguments: [...own, ...TRUNCATION_ARGUMENTS], truncates: true, read: node, ...told };
}

/** A form with a memory, a clock or other forms in it. */
function process(name: string, own: readonly string[], read: ReadNode, told: Told): LatencyKind {
  return { name, arguments: own, truncates: false, read, ...told };
}

const KINDS: readonly LatencyKind[] = [
  family("constant", ["delay"], readConstant, {
    example: "constant(50ms)",
    meaning: "always the same",
  }),
  family("uniform", ["low", "high"], readUniform, {
    example: "uniform(10ms, 90ms)",
    meaning: "anything between, equally likely",
  }),
  family("exponential", ["mean", "offset"], readExponential, {
    example: "exponential(mean=4s, offset=20ms)",
    meaning: "an offset (default 0) and a memoryless wait of that mean",
  }),
  family("lognormal", ["p50", "p99", "floor", "median", "sigma", "mean"], readLognormal, {
    example: "lognormal(p50=40ms, p99=400ms, floor=5ms)",
    meaning: "the usual shape of a service time; also p50 with sigma or with mean; nothing is faster than the floor",
  }),
  family("weibull", ["p50", "p99", "k"], readWeibull, {
    example: "weibull(p50=40ms, p99=400ms)",
    meaning: "a tail heavier than exponential for k < 1, lighter for k > 1",
  }),
  family("pareto", ["p50", "p99", "alpha", "xm"], readPareto, {
    example: "pareto(p50=40ms, p99=400ms, cap=10s, beyond=clamp)",
    meaning: "a heavy tail above a least delay; also xm with alpha; needs a cap when alpha <= 2",
  }),
  family("lomax", ["p50", "p99", "alpha", "lambda"], readLomax, {
    example: "lomax(p50=40ms, p99=400ms)",
    meaning: "a heavy tail from zero; also lambda with alpha; needs a cap when alpha <= 2",
  }),
  family("gamma", ["mean", "cv"], readGamma, {
    example: "gamma(mean=120ms, cv=0.5)",
    meaning: "a sum of hops; cv is the standard deviation divided by the mean",
  }),
  family("erlang", ["mean", "stages"], readErlang, {
    example: "erlang(mean=120ms, stages=3)",
    meaning: "a sum of that many exponential hops",
  }),
  family("normal", ["mean", "sd"], readNormal, {
    example: "normal(mean=50ms, sd=20ms)",
    meaning: "a bell; what would be below zero is zero",
  }),
  family("paretonormal", ["mean", "sd"], readParetonormal, {
    example: "paretonormal(mean=50ms, sd=20ms)",
    meaning: "netem's table of that name: a quarter normal, three quarters Pareto",
  }),
  family("never", [], () => NEVER, {
    example: "never",
    meaning: "no answer",
  }),
  {
    ...family("mixture", [], () => NEVER, {
      example: "mixture(95%: lognormal(p50=40ms, p99=200ms), 4%: constant(2s), 1%: never)",
      meaning: "one of several forms for each request, by share",
    }),
    read: readMixture,
  },
  family("quantiles", [], readQuantiles, {
    example: "quantiles(0%=1ms, 50%=40ms, 99%=400ms, 100%=2s)",
    meaning: "measured percentiles; between two of them ln(delay) is straight, beyond the last all delays are the last",
  }),
  process("trace", ["loop", "block"], readTrace, {
    example: "trace(0s: 12ms, 20s: 300ms, 25s: 15ms, loop=60s, block=10s)",
    meaning:
      "a recorded course by time of arrival, repeated; with block, each device strings drawn blocks of it together",
  }),
  process("ramp", ["from", "to", "over", "start"], readRamp, {
    example: "ramp(from=constant(50ms), to=lognormal(p50=200ms, p99=2s), over=30s, start=10s)",
    meaning: "every quantile moves in a straight line from one form to the other, from start (default 0s) on",
  }),
  process("sine", ["base", "amplitude", "period"], readSine, {
    example: "sine(base=lognormal(p50=40ms, p99=400ms), amplitude=50%, period=60s)",
    meaning: "delays swell and shrink with the time",
  }),
  process("phases", ["every"], readPhases, {
    example: "phases(0s: constant(50ms), 10s: never, 12s: constant(50ms), every=30s)",
    meaning: "each form from its time on; with every, all over again",
  }),
  process("regimes", [], readRegimes, {
    example:
      "regimes(good: constant(50ms) for 60s, bad: exponential(mean=2s) for 5s then good 90% | out 10%, out: never for 3s)",
    meaning: "each device changes between forms; stays have that mean (or a form), then the next regime or one drawn",
  }),
  process("arta", ["form", "rho", "out", "fade"], readArta, {
    example: "arta(lognormal(p50=40ms, p99=400ms), rho=0.9)",
    meaning:
      "a device's successive delays are alike: Gaussian rho, or out of the delays themselves, or fade=10s with time",
  }),
  process("spread", ["form", "tau"], readSpread, {
    example: "spread(lognormal(p50=40ms, p99=400ms), tau=0.5)",
    meaning: "each device has a speed of its own: ln p50 is normal with sd tau over the fleet",
  }),
  process("slow", ["form", "share", "factor"], readSlow, {
    example: "slow(lognormal(p50=40ms, p99=400ms), share=5%, factor=10)",
    meaning: "that share of the devices is slower by the factor, always the same ones",
  }),
  process("shared", ["form", "w", "slice", "group"], readShared, {
    example: "shared(lognormal(p50=40ms, p99=400ms), w=0.5, slice=1s)",
    meaning: "devices are slow together: a weight w of what each slice of time has in common",
  }),
  process("dutycycle", ["period", "window", "service"], readDutyCycle, {
    example: "dutycycle(period=10s, window=1s, service=constant(20ms))",
    meaning: "a device that sleeps: requests outside of its window wait for the next",
  }),
  process("queue", ["form", "servers", "cap"], readQueue, {
    example: "queue(exponential(mean=100ms), servers=1, cap=10)",
    meaning: "one request after another; beyond cap in the device, a request is never answered",
  }),
  process("miss", ["x", "form"], readMiss, {
    example: "miss(1%, lognormal(p50=200ms))",
    meaning: "solved so that this share is later than the timeout of the call",
  }),
  process("straddle", ["within", "w", "grid", "base"], readStraddle, {
    example: "straddle(within=5ms, w=20%, grid=1ms, base=constant(50ms))",
    meaning: "a share w lies just before, at and just after the timeout of the call",
  }),
  process("reflect", ["form", "p"], readReflect, {
    example: "reflect(lognormal(p50=4s, p99=6s), p=50%)",
    meaning: "a share p of the delays is mirrored at the timeout of the call",
  }),
];

/** By name, in the order of the documentation. */
export const LATENCY_MENU: ReadonlyMap<string, LatencyKind> = new Map(KINDS.map((kind) => [kind.name, kind]));
