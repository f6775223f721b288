/**
 * The shape of an open workload: how its rate changes with time, or the recorded starts it repeats. Rates are calls per second.
 *
 *   ramp(from=10, to=500, over=30s)          in a straight line, then on; over the whole duration when left out
 *   steps(0s: 10, 10s: 50, every=30s)        each rate from its time on; with every, from the beginning again
 *   burst(base=10, every=10s, size=100, length=500ms)   so many calls more in a burst, or rate= so many a second in it
 *   sine(mean=100, amplitude=50%, period=60s)
 *   trace(file=starts.csv, unit=s)           see trace-file.ts
 */
import { type Duration, parseDuration, SECOND } from "../../protocol/time.ts";
import type { RateProfile, RateSegment } from "../../scenarios/rate-profile.ts";
import { type FormProblem, FormReader, isProblem, parseForm, problem } from "../../simulator/behaviour/form.ts";
import { readTrace, type Trace } from "./trace-file.ts";

export type Shape = { readonly kind: "profile"; readonly profile: RateProfile } | Trace;

/** What a shape may refer to. */
export interface ShapeSetting {
  readonly duration: Duration;
  readonly devices: number;
  /** Name and method of each kind of call. */
  readonly kinds: readonly { readonly name: string; readonly method: string }[];
}

type ReadShape = (reader: FormReader, setting: ShapeSetting) => RateProfile | Trace | undefined;

const SHAPES: Readonly<Record<string, { readonly read: ReadShape; readonly known: readonly string[] }>> = {
  ramp: { read: readRamp, known: ["from", "to", "over"] },
  steps: { read: readSteps, known: ["time: rate", "every"] },
  burst: { read: readBurst, known: ["base", "every", "size", "rate", "length"] },
  sine: { read: readSine, known: ["mean", "amplitude", "period"] },
  trace: { read: readTraceForm, known: ["file", "unit"] },
};

const ENDLESS = Number.POSITIVE_INFINITY;
const RATE = { least: 0, most: 1_000_000 } as const;

export function parseShape(text: string, setting: ShapeSetting): Shape | FormProblem {
  const form = parseForm(text);
  if (isProblem(form)) return form;
  const shape = Object.hasOwn(SHAPES, form.name) ? SHAPES[form.name] : undefined;
  if (shape === undefined) {
    return problem(`unknown shape "${form.name}", expected one of ${Object.keys(SHAPES).join(", ")}`);
  }
  const reader = new FormReader(form);
  const read = shape.read(reader, setting);
  reader.finish(shape.known);
  if (reader.problems.length > 0 || read === undefined) return problem(reader.problems.join("; "));
  return read.kind === "trace" ? read : { kind: "profile", profile: read };
}

function readRamp(reader: FormReader, { duration }: ShapeSetting): RateProfile {
  const from = reader.number("from", 0, RATE);
  const to = reader.number("to", 1, RATE);
  const over = positive(reader, "over", duration);
  if (reader.problems.length === 0 && from + to === 0) reader.refuse("from and to are both 0: there is nothing to do");
  return segments([{ length: over, from, to }, level(ENDLESS, to)], undefined);
}

function readSteps(reader: FormReader): RateProfile {
  const times: number[] = [];
  const rates: number[] = [];
  for (const { head, value } of reader.entries()) {
    const time = parseDuration(head);
    const rate = /^\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
    if (time === undefined) reader.refuse(`"${head}:" must be a time such as 10s:`);
    else if (times.length > 0 && time <= (times.at(-1) as number))
      reader.refuse(`${head}: is not after the one before`);
    if (!(rate <= RATE.most)) reader.refuse(`${head}: must be a number from 0 to ${RATE.most}, got "${value}"`);
    times.push(time ?? 0);
    rates.push(rate);
  }
  if (times.length === 0) reader.refuse("needs rates, such as 0s: 10, 10s: 50");
  else if (times[0] !== 0) reader.refuse("must begin at 0s:");
  const every = reader.has("every") ? reader.duration("every", -1) : undefined;
  const end = every ?? ENDLESS;
  if (reader.problems.length === 0 && end <= (times.at(-1) as number))
    reader.refuse("every must be after the last step");
  if (reader.problems.length === 0 && rates.every((rate) => rate === 0)) reader.refuse("all rates are 0");
  const list = rates.map((rate, i) => level((times[i + 1] ?? end) - (times[i] as number), rate));
  return segments(list, every === undefined ? undefined : 0);
}

/** The first burst begins after one period, so that a run shows what was before it. */
function readBurst(reader: FormReader): RateProfile {
  const base = reader.number("base", 0, RATE, 0);
  const every = positive(reader, "every");
  const length = positive(reader, "length", SECOND);
  if (reader.has("size") === reader.has("rate"))
    reader.refuse("needs either size, its calls, or rate, its calls a second");
  const within = reader.has("rate")
    ? reader.number("rate", -1, RATE, 0)
    : base + (reader.number("size", -1, RATE, 0) * SECOND) / length;
  if (reader.problems.length === 0 && every <= length) reader.refuse("every must be longer than length");
  if (reader.problems.length === 0 && base + within === 0) reader.refuse("all rates are 0");
  return segments([level(every, base), level(length, within), level(every - length, base)], 1);
}

function readSine(reader: FormReader): RateProfile {
  const mean = reader.number("mean", 0, { least: 0, most: RATE.most, open: true });
  const amplitude = reader.share("amplitude", 1);
  return { kind: "sine", mean, amplitude, period: positive(reader, "period") };
}

function readTraceForm(reader: FormReader, setting: ShapeSetting): Trace | undefined {
  const file = reader.text("file", 0);
  const unit = reader.choice("unit", ["s", "ms"], "s");
  if (file === undefined) {
    reader.refuse("file is missing (a CSV of starts)");
    return undefined;
  }
  const trace = readTrace(file, unit, setting);
  if (trace.kind === "trace") return trace;
  for (const each of trace.problems) reader.refuse(each);
  return undefined;
}

function positive(reader: FormReader, key: string, fallback?: Duration): Duration {
  const before = reader.problems.length;
  const duration = reader.duration(key, -1, fallback);
  if (reader.problems.length === before && duration === 0) reader.refuse(`${key} must be above 0s`);
  return duration;
}

function level(length: Duration, rate: number): RateSegment {
  return { length, from: rate, to: rate };
}

function segments(list: readonly RateSegment[], repeatFrom: number | undefined): RateProfile {
  return { kind: "segments", segments: list, repeatFrom };
}
