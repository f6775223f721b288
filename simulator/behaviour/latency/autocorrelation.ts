/**
 * `arta(form, rho=0.9)`: successive requests of a device are alike, and each delay still has exactly the form's distribution (Cario
 * and Nelson 1996). A Gaussian sequence z_n = rho z_(n-1) + sqrt(1 - rho^2) e_n is mapped through the form's quantiles. The noise e_n
 * is addressed by the request as any draw is; what is remembered is the last z of each device.
 */
import { exp, normalCdf, normalQuantile } from "../../../protocol/exact-math.ts";
import type { FormReader } from "../form.ts";
import { type Marginal, openShare } from "./marginal.ts";
import { byRank, type FormScope, type LatencyNode } from "./node.ts";
import { readNested } from "./time-varying.ts";

const CORRELATION = { least: 0, most: 1, open: true } as const;

interface Last {
  z: number;
  at: number;
}

/** Takes `rho` (Gaussian), `out` (the correlation wanted of the delays themselves) or `fade` (rho = e^(-gap / fade)). */
export function readArta(reader: FormReader, scope: FormScope): LatencyNode | undefined {
  const inner = readNested(reader, scope, "form", 0);
  const given = ["rho", "out", "fade"].filter((key) => reader.has(key));
  const rho = reader.has("rho") ? reader.number("rho", -1, CORRELATION) : undefined;
  const out = reader.has("out") ? reader.number("out", -1, CORRELATION) : undefined;
  const fade = reader.has("fade") ? reader.duration("fade", -1) : undefined;
  if (given.length !== 1) reader.refuse("needs one of rho=0.9, out=0.8 (correlation of the delays) and fade=10s");
  if (fade === 0) reader.refuse("fade must be above 0s");
  if (inner === undefined || reader.problems.length > 0) return undefined;
  const output = inner.marginal === undefined ? undefined : outputCorrelation(inner.marginal);
  if (output === undefined && out !== undefined) {
    reader.refuse("out needs a form whose distribution is known and always answers; use rho");
    return undefined;
  }
  if (fade !== undefined) return arta(inner, { rho: 0, fade });
  const gaussian = rho ?? gaussianFor(output as (rho: number) => number, out as number);
  if (gaussian >= 1) {
    reader.refuse("no sequence has delays of this form so alike");
    return undefined;
  }
  const achieved = output === undefined ? "not computed" : round(output(gaussian));
  scope.tell("correlation", `Gaussian rho ${round(gaussian)}, of the delays ${achieved}`);
  return arta(inner, { rho: gaussian, fade: undefined });
}

function arta(inner: LatencyNode, { rho, fade }: { rho: number; fade: number | undefined }): LatencyNode {
  const ranked = byRank(inner);
  const devices = new Map<number, Last>();
  const noise = Math.sqrt(1 - rho * rho);
  return {
    value: (u, context, random) => {
      const e = normalQuantile(u);
      const last = devices.get(context.device);
      if (last === undefined) {
        devices.set(context.device, { z: e, at: context.at });
        return ranked.value(u, context, random);
      }
      if (fade === undefined) last.z = rho * last.z + noise * e;
      else {
        const own = exp(-Math.max(0, context.at - last.at) / fade);
        last.z = own * last.z + Math.sqrt(1 - own * own) * e;
      }
      last.at = context.at;
      return ranked.value(openShare(normalCdf(last.z)), context, random);
    },
    marginal: inner.marginal,
    independent: false,
  };
}

const HALF_WIDTH = 8.2;
const STEP = 1 / 64;
const ORDERS = 80;

/**
 * Correlation of Q(Phi(z)) and Q(Phi(z')) as a function of that of z and z'. With a_k the coefficients of Q(Phi(z)) in Hermite's
 * orthonormal polynomials it is the sum of a_k^2 rho^k over the sum of a_k^2, k from 1. Undefined without a finite variance.
 */
export function outputCorrelation(marginal: Marginal): ((rho: number) => number) | undefined {
  if (marginal.never > 0) return undefined;
  const coefficients = new Float64Array(ORDERS);
  let square = 0;
  for (let z = -HALF_WIDTH; z <= HALF_WIDTH; z += STEP) {
    const delay = marginal.quantile(openShare(normalCdf(z)));
    const weighted = (delay * STEP * exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI);
    square += delay * weighted;
    let before = 0;
    let hermite = 1;
    for (let k = 0; k < ORDERS; k++) {
      coefficients[k] = (coefficients[k] as number) + weighted * hermite;
      const next = (z * hermite - Math.sqrt(k) * before) / Math.sqrt(k + 1);
      before = hermite;
      hermite = next;
    }
  }
  const powers = coefficients.map((coefficient) => coefficient * coefficient);
  const variance = square - (powers[0] as number);
  if (!(variance > 0) || !Number.isFinite(variance)) return undefined;
  return (rho) => {
    let sum = 0;
    let known = 0;
    let power = 1;
    for (let k = 1; k < ORDERS; k++) {
      power *= rho;
      sum += (powers[k] as number) * power;
      known += powers[k] as number;
    }
    // What the orders beyond hold is correlated like the last of them at most.
    return (sum + Math.max(0, variance - known) * power) / variance;
  };
}

/** The Gaussian rho that gives the delays this correlation; 1 when none below does. */
function gaussianFor(output: (rho: number) => number, wanted: number): number {
  let low = 0;
  let high = 1;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (output(middle) < wanted) low = middle;
    else high = middle;
  }
  return high;
}

const round = (value: number): string => String(Math.round(value * 10_000) / 10_000);
