/**
 * The plan of intended starts, made before anything is sent (measurement rule R1): a pure function of the seed, so the same
 * seed gives the same plan to the byte on every machine, and a longer run begins with the shorter one.
 */
import { ln } from "../protocol/exact-math.ts";
import { ENTITY, PURPOSE, RandomStream, type Seed } from "../protocol/random.ts";
import { type Duration, SECOND } from "../protocol/time.ts";
import type { Workload } from "./scenario.ts";

export interface ArrivalsOptions {
  /** Calls per second; need not be whole. */
  readonly rate: number;
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
  return options.arrivals === "constant" ? constantArrivals(options) : poissonArrivals(options);
}

function constantArrivals({ rate, duration }: ArrivalsOptions): Float64Array {
  const starts: number[] = [];
  for (let start = 0; start < duration; start = Math.round((starts.length * SECOND) / rate)) starts.push(start);
  return Float64Array.from(starts);
}

function poissonArrivals(options: ArrivalsOptions): Float64Array {
  const { rate, duration, seed, firstCall = 0, purpose = PURPOSE.arrivalGap } = options;
  const starts: number[] = [];
  const random = new RandomStream(seed);
  // The sum is kept unrounded, so that rounding errors do not add up.
  let exact = 0;
  for (;;) {
    const draw = random.seek(ENTITY.workload, purpose, firstCall + starts.length).uniform();
    exact += (-ln(draw) / rate) * SECOND;
    const start = Math.round(exact);
    if (start >= duration) return Float64Array.from(starts);
    starts.push(start);
  }
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
}

/** Ordinal of the target device of each Call, uniform over the fleet. */
export function planTargets(options: TargetsOptions): Uint32Array {
  const { seed, firstCall, count, devices, purpose = PURPOSE.target } = options;
  const random = new RandomStream(seed);
  const targets = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    targets[i] = random.seek(ENTITY.workload, purpose, firstCall + i).below(devices);
  }
  return targets;
}

/** A stretch of the workload with one offered rate. */
export interface PlannedStep {
  /** Calls per second; undefined in a closed workload, whose rate is a result. */
  readonly rate: number | undefined;
  readonly duration: Duration;
}

/** The steps of a workload in order; a plain workload is a single one. Rates are rounded to a hundredth of a call per second. */
export function planSteps(workload: Workload): PlannedStep[] {
  if (workload.kind === "open") return [{ rate: workload.rate, duration: workload.duration }];
  if (workload.kind === "closed") return [{ rate: undefined, duration: workload.duration }];
  const { from, factor, increment, stepDuration, maxSteps } = workload;
  const steps: PlannedStep[] = [];
  let rate = from;
  for (let step = 0; step < maxSteps; step++) {
    steps.push({ rate: Math.round(rate * 100) / 100, duration: stepDuration });
    rate = factor === undefined ? from + (step + 1) * (increment as number) : rate * factor;
  }
  return steps;
}
