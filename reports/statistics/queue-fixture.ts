/** A queue with one server whose percentiles are known, as seconds of counts: what intervals are proved against. */
import { type Duration, SECOND } from "../../protocol/time.ts";
import type { SecondCounts } from "./second-counts.ts";

export interface QueueOptions {
  /** Offered Calls per second. */
  readonly rate: number;
  /** Load: the share of its time in which the server is busy, below 1. */
  readonly load: number;
  readonly seconds: number;
  readonly seed: number;
}

/**
 * Response times of an M/M/1 queue with its first Call in the steady state, by Lindley's recursion. They are exponential with the
 * rate mu - lambda, where mu = rate / load.
 */
export function queueSeconds({ rate, load, seconds, seed }: QueueOptions): SecondCounts[] {
  const random = seededUniform(seed);
  const exponential = (perSecond: number): number => (-Math.log(random()) / perSecond) * SECOND;
  const serviceRate = rate / load;
  let waiting = random() < load ? exponential(serviceRate - rate) : 0;
  let at = exponential(rate);
  const bySecond: Duration[][] = Array.from({ length: seconds }, () => []);
  while (at < seconds * SECOND) {
    const service = exponential(serviceRate);
    (bySecond[Math.floor(at / SECOND)] as Duration[]).push(waiting + service);
    const gap = exponential(rate);
    waiting = Math.max(0, waiting + service - gap);
    at += gap;
  }
  return bySecond.map((values, second) => secondOf(second, values));
}

/** The response time that the share `p` of an M/M/1 queue's Calls stays below, in microseconds: -ln(1-p) / (mu - lambda). */
export function queueQuantile({ rate, load }: Pick<QueueOptions, "rate" | "load">, p: number): Duration {
  return (-Math.log(1 - p) / (rate / load - rate)) * SECOND;
}

/** One second of a series from its raw durations, as the Histogram has them: three significant digits. */
export function secondOf(second: number, durations: readonly Duration[]): SecondCounts {
  const counts = new Map<number, number>();
  for (const duration of durations) {
    const value = toBucket(duration);
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([a], [b]) => a - b);
  return {
    start: second * SECOND,
    end: (second + 1) * SECOND,
    n: durations.length,
    valuesUs: Float64Array.from(sorted, ([value]) => value),
    counts: Uint32Array.from(sorted, ([, count]) => count),
  };
}

function toBucket(duration: Duration): number {
  const value = Math.round(duration);
  const width = 2 ** Math.max(0, Math.floor(Math.log2(Math.max(1, value))) - 10);
  return (Math.floor(value / width) + 1) * width - 1;
}

/** Uniform numbers in (0, 1) that are the same in every run (mulberry32). */
export function seededUniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (((mixed ^ (mixed >>> 14)) >>> 0) + 0.5) / 2 ** 32;
  };
}
