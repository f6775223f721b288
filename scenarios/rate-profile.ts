/**
 * A rate of calls that changes with time, and its inverse: the instant by which so many calls are due. Arrivals of such a rate
 * are those of an even rate seen through that inverse (Cinlar, Introduction to Stochastic Processes, 4.7), so nothing is drawn
 * and thrown away. Computed with + - * /, square root and exact-math alone: the same bits on every machine.
 */
import { sineOfTurns } from "../protocol/exact-math.ts";
import { type Duration, SECOND } from "../protocol/time.ts";

/** A stretch over which the rate goes from one value to another in a straight line; calls per second. */
export interface RateSegment {
  /** Infinity: for ever, at one rate. */
  readonly length: Duration;
  readonly from: number;
  readonly to: number;
}

export type RateProfile =
  | {
      readonly kind: "segments";
      readonly segments: readonly RateSegment[];
      /** After the last segment this one comes again, and so on; undefined: the last one is endless. */
      readonly repeatFrom: number | undefined;
    }
  | {
      readonly kind: "sine";
      /** Calls per second. */
      readonly mean: number;
      /** As a share of the mean, at most 1. */
      readonly amplitude: number;
      readonly period: Duration;
    };

type Segments = Extract<RateProfile, { kind: "segments" }>;
type Sine = Extract<RateProfile, { kind: "sine" }>;

/** Calls expected in [0, until) at this rate. */
export function expectedCalls(profile: RateProfile, until: Duration): number {
  if (profile.kind === "sine") return sineCalls(profile, until);
  let calls = 0;
  let start = 0;
  for (let i = 0; start < until; i = following(profile, i)) {
    const segment = profile.segments[i] as RateSegment;
    const within = Math.min(segment.length, until - start);
    calls += callsWithin(segment, within);
    start += segment.length;
  }
  return calls;
}

/** Calls per second at an instant. */
export function rateAt(profile: RateProfile, at: Duration): number {
  if (profile.kind === "sine") return profile.mean * (1 + profile.amplitude * sineOfTurns(at / profile.period));
  let start = 0;
  for (let i = 0; ; i = following(profile, i)) {
    const { length, from, to } = profile.segments[i] as RateSegment;
    if (at < start + length) return from + (to - from) * ((at - start) / length);
    start += length;
  }
}

/** The highest rate in [0, until): what connections are counted by. */
export function peakRate(profile: RateProfile, until: Duration): number {
  if (profile.kind === "sine") return profile.mean * (1 + profile.amplitude);
  let peak = 0;
  let start = 0;
  for (let i = 0; start < until; i = following(profile, i)) {
    const { length, from, to } = profile.segments[i] as RateSegment;
    peak = Math.max(peak, from, from + (to - from) * Math.min(1, (until - start) / length));
    start += length;
  }
  return peak;
}

/**
 * The inverse of expectedCalls, in microseconds and not rounded: when so many calls are due, Infinity when they never are. To be
 * asked in ascending order, for it only walks forwards. The rate must be above zero somewhere in what repeats.
 */
export function dueTimes(profile: RateProfile): (calls: number) => number {
  return profile.kind === "sine" ? sineDueTimes(profile) : segmentDueTimes(profile);
}

/** Place of the segment after this one; the endless last one has none, and none is asked for. */
function following({ segments, repeatFrom }: Segments, place: number): number {
  return place + 1 < segments.length ? place + 1 : (repeatFrom ?? place);
}

function callsWithin({ length, from, to }: RateSegment, within: Duration): number {
  const slope = (to - from) / length;
  return ((from + (slope * within) / 2) * within) / SECOND;
}

function segmentDueTimes(profile: Segments): (calls: number) => number {
  let place = 0;
  let start = 0;
  let before = 0;
  return (calls) => {
    for (;;) {
      const segment = profile.segments[place] as RateSegment;
      if (segment.length === Number.POSITIVE_INFINITY) return start + timeWithin(segment, calls - before);
      const own = callsWithin(segment, segment.length);
      if (calls < before + own) return start + timeWithin(segment, calls - before);
      before += own;
      start += segment.length;
      place = following(profile, place);
    }
  };
}

/** Root of from t + (to - from) t^2 / (2 length) = calls, in the form that loses no digits when the rate falls. */
function timeWithin({ length, from, to }: RateSegment, calls: number): number {
  if (calls <= 0) return 0;
  const growth = ((to - from) / length) * SECOND;
  const root = Math.sqrt(Math.max(0, from * from + 2 * growth * calls));
  return from + root === 0 ? Number.POSITIVE_INFINITY : ((2 * calls) / (from + root)) * SECOND;
}

function sineCalls({ mean, amplitude, period }: Sine, until: Duration): number {
  // The integral of the sine is 1 - cosine, and the cosine is the sine a quarter of a turn on.
  const wave = ((1 - sineOfTurns(until / period + 0.25)) * amplitude * period) / (2 * Math.PI);
  return (mean * (until + wave)) / SECOND;
}

/** Far below the microsecond that instants are rounded to. */
const TOLERANCE_US = 1e-4;
const MOST_STEPS = 100;

/** Newton's method, kept within bounds that always hold the root: the wave is never negative and never above A P / pi. */
function sineDueTimes(sine: Sine): (calls: number) => number {
  const { mean, amplitude, period } = sine;
  return (calls) => {
    let high = (calls / mean) * SECOND;
    let low = Math.max(0, high - (amplitude * period) / Math.PI);
    let time = (low + high) / 2;
    for (let step = 0; step < MOST_STEPS && high - low > TOLERANCE_US; step++) {
      const excess = sineCalls(sine, time) - calls;
      if (excess > 0) high = time;
      else low = time;
      const next = time - (excess / rateAt(sine, time)) * SECOND;
      if (Math.abs(next - time) < TOLERANCE_US) return time;
      time = next > low && next < high ? next : (low + high) / 2;
    }
    return time;
  };
}
