/**
 * How long a device takes: a distribution read from its short text form, drawn by inverse transform from one uniform, in whole
 * microseconds and by exact arithmetic, so that a seed means the same delays on every machine.
 *
 *   constant(50ms)   uniform(10ms, 90ms)   exponential(mean=4s)   lognormal(p50=40ms, p99=400ms)
 */
import { exp, ln, normalQuantile } from "../../protocol/exact-math.ts";
import type { Duration } from "../../protocol/time.ts";
import { type Form, type FormProblem, FormReader, isProblem, parseForm, problem } from "./form.ts";

export interface Latency {
  /** The text it was read from. */
  readonly text: string;
  /** The delay below which a share `u` in (0, 1) of all delays lies. */
  quantile(u: number): Duration;
}

type Quantile = (u: number) => number;
type Family = (reader: FormReader) => Quantile;

const Z99 = normalQuantile(0.99);

const FAMILIES: ReadonlyMap<string, { readonly arguments: readonly string[]; readonly read: Family }> = new Map([
  ["constant", { arguments: ["delay"], read: readConstant }],
  ["uniform", { arguments: ["low", "high"], read: readUniform }],
  ["exponential", { arguments: ["mean"], read: readExponential }],
  ["lognormal", { arguments: ["p50", "p99"], read: readLognormal }],
]);

/** Reads a latency form; the problem names everything that is wrong with it. */
export function parseLatency(text: string): Latency | FormProblem {
  const form = parseForm(text);
  if (isProblem(form)) return form;
  const family = FAMILIES.get(form.name);
  if (family === undefined) {
    return problem(`unknown latency "${form.name}", expected one of ${[...FAMILIES.keys()].join(", ")}`);
  }
  const reader = new FormReader(form as Form);
  const quantile = family.read(reader);
  reader.finish(family.arguments);
  if (reader.problems.length > 0) return problem(reader.problems.join("; "));
  return { text, quantile: (u) => Math.round(quantile(u)) };
}

function readConstant(reader: FormReader): Quantile {
  const delay = reader.duration("delay", 0);
  return () => delay;
}

function readUniform(reader: FormReader): Quantile {
  const low = reader.duration("low", 0);
  const high = reader.duration("high", 1);
  if (high < low) reader.problems.push("uniform: high must not be below low");
  return (u) => low + (high - low) * u;
}

function readExponential(reader: FormReader): Quantile {
  const mean = reader.duration("mean", 0);
  return (u) => -mean * ln(1 - u);
}

/** mu = ln p50, sigma = ln(p99/p50) / z(0.99): the author gives the two percentiles that can be read off a monitor. */
function readLognormal(reader: FormReader): Quantile {
  const p50 = reader.duration("p50", 0);
  const p99 = reader.duration("p99", 1);
  if (reader.problems.length === 0 && (p50 <= 0 || p99 < p50)) {
    reader.problems.push("lognormal: needs 0 < p50 <= p99");
  }
  if (reader.problems.length > 0) return () => 0;
  const mu = ln(p50);
  const sigma = ln(p99 / p50) / Z99;
  return (u) => exp(mu + sigma * normalQuantile(u));
}
