/** Devices that differ: `spread(form, tau=0.5)` gives each its own speed, `slow(form, share=5%, factor=10)` makes some of them slow. */
import { exp, ln, normalCdf, normalQuantile } from "../../../protocol/exact-math.ts";
import { chanceThreshold, PURPOSE, type RandomStream } from "../../../protocol/random.ts";
import type { FormReader } from "../form.ts";
import { invert, type Marginal, mixed, openShare, scaled } from "./marginal.ts";
import type { FormScope, LatencyNode } from "./node.ts";
import { NODES } from "./quadrature.ts";
import { readNested } from "./time-varying.ts";

/** ln p50 of a device = ln p50 of the form + tau g, with g standard normal and drawn once for the device. */
export function readSpread(reader: FormReader, scope: FormScope): LatencyNode | undefined {
  const place = scope.place("spread");
  const inner = readNested(reader, scope, "form", 0);
  const tau = reader.number("tau", 1, { least: 0, most: 5 });
  if (inner === undefined) return undefined;
  const factor = (device: number, random: RandomStream): number =>
    exp(tau * normalQuantile(random.seek(device, PURPOSE.deviceSpread, 0, place).uniform()));
  const marginal = inner.marginal === undefined || tau === 0 ? inner.marginal : spreadMarginal(inner.marginal, tau);
  return perDevice(inner, factor, marginal);
}

/** The share of devices that are slow is drawn once for each of them, and so sticks to it. */
export function readSlow(reader: FormReader, scope: FormScope): LatencyNode | undefined {
  const place = scope.place("slow");
  const inner = readNested(reader, scope, "form", 0);
  const share = reader.share("share", 1);
  const factor = reader.number("factor", 2, { least: 0.001, most: 100_000 });
  if (inner === undefined || reader.problems.length > 0) return undefined;
  const threshold = chanceThreshold(share);
  const own = (device: number, random: RandomStream): number =>
    random.seek(device, PURPOSE.deviceSlow, 0, place).fires(threshold) ? factor : 1;
  const { marginal } = inner;
  const overFleet = (of: Marginal): Marginal =>
    mixed(
      [
        { weight: 1 - share, marginal: of },
        { weight: share, marginal: scaled(of, factor) },
      ].filter(({ weight }) => weight > 0),
    );
  return perDevice(inner, own, marginal === undefined ? undefined : overFleet(marginal));
}

/** The inner delay times the device's factor, which is drawn at its first request and kept. */
function perDevice(
  inner: LatencyNode,
  factorOf: (device: number, random: RandomStream) => number,
  marginal: Marginal | undefined,
): LatencyNode {
  const factors = new Map<number, number>();
  return {
    value: (u, context, random) => {
      let factor = factors.get(context.device);
      if (factor === undefined) {
        factor = factorOf(context.device, random);
        factors.set(context.device, factor);
      }
      return inner.value(u, context, random) * factor;
    },
    marginal,
    independent: false,
  };
}

/** Over all devices: P(L <= t) is the mean over the form's quantiles q of Phi(ln(t / q) / tau). */
function spreadMarginal(inner: Marginal, tau: number): Marginal {
  const delays = NODES.map(({ u, weight }) => ({ delay: inner.quantile(u), weight }));
  const cdf = (t: number): number => {
    if (t <= 0) return inner.cdf(0);
    let sum = 0;
    for (const { delay, weight } of delays) {
      if (delay === 0) sum += weight;
      else if (Number.isFinite(delay)) sum += weight * normalCdf(ln(t / delay) / tau);
    }
    return Math.min(1 - inner.never, sum);
  };
  return {
    cdf,
    quantile: (u) =>
      u > 1 - inner.never
        ? Number.POSITIVE_INFINITY
        : openEnded(cdf, openShare(u), inner.quantile(0.5 * (1 - inner.never))),
    mean: () => inner.mean() * exp((tau * tau) / 2),
    never: inner.never,
  };
}

/** The quadrature's last digits may keep the function from ever reaching a share next to one. */
function openEnded(cdf: (t: number) => number, u: number, middle: number): number {
  return invert(cdf, Math.min(u, 1 - 1e-12), 0, cdf(middle) >= u ? middle : Number.POSITIVE_INFINITY);
}
