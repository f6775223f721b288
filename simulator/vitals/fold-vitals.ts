/** Samples of threads and machine -> lists by the second, small enough to keep with a run however long it was. Pure. */
import type { GeneratorVitals, MachineVitals, ThreadVitals } from "../../protocol/generator-vitals.ts";
import { type Duration, type Instant, SECOND } from "../../protocol/time.ts";
import type { MachineSample } from "./machine-watch.ts";
import type { ThreadSample } from "./thread-watch.ts";

/** A run of up to ten minutes has a slot for each second. */
const MAX_SLOTS = 600;
/** A shorter rest at the end of a watch says nothing about a second: it joins the sample before it. */
const LEAST_SAMPLE = SECOND / 2;

interface Sample {
  readonly at: Instant;
  readonly duration: Duration;
}

export interface VitalSamples {
  /** Instant of the run's origin, on the axis of the samples. */
  readonly origin: Instant;
  readonly threads: readonly { readonly name: string; readonly samples: readonly ThreadSample[] }[];
  readonly machine: readonly MachineSample[];
}

/** A sample belongs to the slot that its middle lies in. */
export function foldVitals({ origin, threads, machine }: VitalSamples): GeneratorVitals {
  const all: Sample[] = [...threads.flatMap(({ samples }) => samples), ...machine];
  const last = all.reduce((latest, { at }) => Math.max(latest, at - origin), 0);
  const slotS = Math.max(1, Math.ceil(last / SECOND / MAX_SLOTS));
  const grid = { origin, slotS };
  return {
    slotS,
    threads: threads.flatMap(({ name, samples }) =>
      samples.length === 0 ? [] : [foldThread(name, slotsOf(joinRests(samples, joinThread), grid))],
    ),
    machine: foldMachine(slotsOf(joinRests(machine, joinMachine), grid)),
  };
}

function joinRests<S extends Sample>(samples: readonly S[], join: (before: S, rest: S) => S): S[] {
  const joined: S[] = [];
  for (const sample of samples) {
    const before = joined.at(-1);
    const isRest = before !== undefined && sample.duration < LEAST_SAMPLE && before.at === sample.at - sample.duration;
    if (isRest) joined.splice(-1, 1, join(before, sample));
    else joined.push(sample);
  }
  return joined;
}

function joinThread(before: ThreadSample, rest: ThreadSample): ThreadSample {
  return {
    at: rest.at,
    duration: before.duration + rest.duration,
    busy: mean([before, rest], ({ busy }) => busy),
    gcPauses: before.gcPauses + rest.gcPauses,
    gcSum: before.gcSum + rest.gcSum,
    gcMax: Math.max(before.gcMax, rest.gcMax),
  };
}

/** What the machine did after the last whole second is mostly the end of the run itself. */
function joinMachine(before: MachineSample, { at, duration, throttled }: MachineSample): MachineSample {
  const both = throttled === undefined ? undefined : (before.throttled ?? 0) + throttled;
  return { ...before, at, duration: before.duration + duration, throttled: both };
}

interface Grid {
  readonly origin: Instant;
  readonly slotS: number;
}

function slotsOf<S extends Sample>(samples: readonly S[], { origin, slotS }: Grid): S[][] {
  const slots: S[][] = [];
  for (const sample of samples) {
    const middle = sample.at - sample.duration / 2 - origin;
    const slot = Math.max(0, Math.floor(middle / (slotS * SECOND)));
    while (slots.length <= slot) slots.push([]);
    slots[slot]?.push(sample);
  }
  return slots;
}

function foldThread(name: string, slots: readonly (readonly ThreadSample[])[]): ThreadVitals {
  return {
    name,
    busyMean: slots.map((samples) => mean(samples, ({ busy }) => busy)),
    busyMax: slots.map((samples) => round(most(samples, ({ busy }) => busy))),
    gcPauses: slots.map((samples) => sum(samples, ({ gcPauses }) => gcPauses)),
    gcSumUs: slots.map((samples) => sum(samples, ({ gcSum }) => gcSum)),
    gcMaxUs: slots.map((samples) => most(samples, ({ gcMax }) => gcMax)),
  };
}

function foldMachine(slots: readonly (readonly MachineSample[])[]): MachineVitals {
  const has = (pick: (sample: MachineSample) => number | undefined): boolean =>
    slots.flat().some((sample) => pick(sample) !== undefined);
  return {
    stealShare: has(({ stealShare }) => stealShare)
      ? slots.map((samples) => mean(samples, ({ stealShare = 0 }) => stealShare))
      : undefined,
    busyShare: has(({ busyShare }) => busyShare)
      ? slots.map((samples) => mean(samples, ({ busyShare = 0 }) => busyShare))
      : undefined,
    throttledUs: has(({ throttled }) => throttled)
      ? slots.map((samples) => sum(samples, ({ throttled = 0 }) => throttled))
      : undefined,
    processCores: slots.map((samples) => mean(samples, ({ processCores }) => processCores)),
  };
}

function sum<S>(samples: readonly S[], pick: (sample: S) => number): number {
  return samples.reduce((total, sample) => total + pick(sample), 0);
}

function most<S>(samples: readonly S[], pick: (sample: S) => number): number {
  return samples.reduce((highest, sample) => Math.max(highest, pick(sample)), 0);
}

/** Weighted by how long each sample took. */
function mean<S extends Sample>(samples: readonly S[], pick: (sample: S) => number): number {
  const duration = sum(samples, (sample) => sample.duration);
  return duration === 0 ? 0 : round(sum(samples, (sample) => pick(sample) * sample.duration) / duration);
}

/** Four digits behind the point say more than a second of counting knows. */
function round(share: number): number {
  return Math.round(share * 10_000) / 10_000;
}
