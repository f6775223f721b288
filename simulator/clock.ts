/** The live clock: CLOCK_MONOTONIC in whole microseconds, the same axis in every thread and process of one host. */
import { performance } from "node:perf_hooks";
import type { Instant } from "../protocol/time.ts";

// performance.now() is cheap but counts from each thread's own start; hrtime has one origin for the whole host.
const OFFSET_US = Number(process.hrtime.bigint()) / 1_000 - performance.now() * 1_000;

export function monotonicNow(): Instant {
  return Math.floor(performance.now() * 1_000 + OFFSET_US);
}
