/**
 * The plan of intended starts, made before anything is sent (measurement rule R1): a pure function of the seed, so the same
 * seed gives the same plan to the byte on every machine, and a longer run begins with the shorter one.
 */
import { ln } from "../protocol/exact-math.ts";
import { ENTITY, PURPOSE, RandomStream, type Seed } from "../protocol/random.ts";
import { type Duration, SECOND } from "../protocol/time.ts";
import { dueTimes, type RateProfile } from "./rate-profile.ts";
import type { Workload } from "./scenario.ts";
import { type TargetRule, targetDraw, UNIFORM } from "./target-rule.ts";

export interface ArrivalsOptions {
  /** Calls per second, not necessarily whole; or how they change. */
  readonly rate: number | RateProfile;
  /** Starts lie in [0, duration). */
  readonly duration: Duration;
  readonly arrivals: "poisson" | "constant";
  readonly seed: Seed;
  /** Index of the first Call in the whole run, so that later steps do not repeat the gaps of the first one. Default 0. */
  readonly firstCall?: number;
  /** What the gaps are drawn for, so that two plans of one seed differ. Default: the callers' own. */
  readonly purpose?: number;
}

/** Intended starts in ascending whole microseconds from 0. */
export function planArrivals(options: ArrivalsOptions): Float64Array {
  const { duration } = options;
  const starts: number[] = [];
  const next = options.arrivals === "constant" ? evenStarts(options) : poissonStarts(options);
  for (let start = next(); start < duration; start = next()) starts.push(start);
  return Float64Array.from(starts);
}

/** A call for every whole number of calls that are due. */
function evenStarts({ rate }: ArrivalsOptions): () => number {
  const timeOf = typeof rate === "number" ? (calls: number) => (calls * SECOND) / rate : dueTimes(rate);
  let calls = 0;
  return () => Math.round(timeOf(calls++));
}

/** Exponential gaps: of time at an even rate; of calls due, which the inverse of the rate makes time of, at a changing one. */
function poissonStarts({ rate, seed, firstCall = 0, purpose = PURPOSE.arrivalGap }: ArrivalsOptions): () => number {
  const random = new RandomStream(seed);
  let call = firstCall;
  const gap = (): number => -ln(random.seek(ENTITY.workload, purpose, call++).uniform());
  // The sum is kept unrounded, so that rounding errors do not add up.
  let sum = 0;
  if (typeof rate === "number") {
    return () => {
      sum += (gap() / rate) * SECOND;
      return Math.round(sum);
    };
  }
  const timeOf = dueTimes(rate);
  return () => {
    sum += gap();
    return Math.round(timeOf(sum));
  };
}

export interface TargetsOptions {
  readonly seed: Seed;
  /** Index of the first Call in the whole run. */
  readonly firstCall: number;
  readonly count: number;
  /** Devices in the fleet. */
  readonly devices: number;
  /** What the devices are drawn for. Default: as targets of the callers. */
  readonly purpose?: number;
  /** Which devices are called how often. Default: all alike. */
  readonly rule?: TargetRule;
}

/** Ordinal of the target device of each Call. */
export function planTargets(options: TargetsOptions): Uint32Array {
  const { seed, firstCall, count, devices, purpose = PURPOSE.target, rule = UNIFORM } = options;
  const random = new RandomStream(seed);
  const targetOf = targetDraw(rule, devices);
  const targets = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    const call = firstCall + i;
    targets[i] = targetOf(call, random.seek(ENTITY.workload, purpose, call));
  }
  return targets;
}

export interface KindsOptions {
  readonly seed: Seed;
  /** Index of the first Call in the whole run. */
  readonly firstCall: number;
  readonly count: number;
  /** Share of each kind of Call, relative to the others; whole numbers. */
  readonly weights: readonly number[];
}

/** Which kind each Call is of, drawn by weight. */
export function planKinds({ seed, firstCall, count, weights }: KindsOptions): Uint8Array {
  const kinds = new Uint8Array(count);
  if (weights.length === 1) return kinds;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const random = new RandomStream(seed);
  for (let i = 0; i < count; i++) {
    let left = random.seek(ENTITY.workload, PURPOSE.callKind, firstCall + i).below(total);
    let kind = 0;
    for (; left >= (weights[kind] as number); kind++) left -= weights[kind] as number;
    kinds[i] = kind;
  }
  return kinds;
}

/** A stretch of the workload with one offered rate. */
export interface PlannedStep {
  /** Calls per second; undefined in a closed workload, whose rate is a result. */
  readonly rate: number | undefined;
  readonly duration: Duration;
}

/**
 * The steps of a workload in order; a plain workload is a single one, with the mean rate of its shape if it has one. Rates are
 * rounded to a hundredth of a call per second.
 */
export function planSteps(workload: Workload, meanOfShape?: number): PlannedStep[] {
  if (workload.kind === "open") {
    const rate = workload.shape === undefined ? workload.rate : rounded(meanOfShape);
    return [{ rate, duration: workload.duration }];
  }
  if (workload.kind === "closed") return [{ rate: undefined, duration: workload.duration }];
  const { from, factor, increment, stepDuration, maxSteps } = workload;
  const steps: PlannedStep[] = [];
  let rate = from;
  for (let step = 0; step < maxSteps; step++) {
    steps.push({ rate: rounded(rate), duration: stepDuration });
    rate = factor === undefined ? from + (step + 1) * (increment as number) : rate * factor;
  }
  return steps;
}

function rounded(rate: number | undefined): number | undefined {
  return rate === undefined ? undefined : Math.round(rate * 100) / 100;
}
