/** The live clock: CLOCK_MONOTONIC in whole microseconds, the same axis in every thread and process of one host. */
import { performance } from "node:perf_hooks";
import type { Instant } from "../protocol/time.ts";

/** Read so often, at least one pair of readings is not torn apart by a first call, a collection or another process. */
const OFFSET_READINGS = 64;

// performance.now() is cheap but counts from each thread's own start; hrtime has one origin for the whole host.
const OFFSET_US = offsetOfThread();

export function monotonicNow(): Instant {
  return Math.floor(performance.now() * 1_000 + OFFSET_US);
}

/** hrtime is read first, so whatever comes between the two makes the difference too small: the greatest is the best. */
function offsetOfThread(): number {
  let best = Number.NEGATIVE_INFINITY;
  for (let reading = 0; reading < OFFSET_READINGS; reading++) {
    best = Math.max(best, Number(process.hrtime.bigint()) / 1_000 - performance.now() * 1_000);
  }
  return best;
}

/** Milliseconds of Unix time, for payloads that tell the time; nothing is ever timed by it. */
export function wallClockMs(): number {
  return Date.now();
}
