/**
 * The live clock: whole microseconds on the axis of `process.hrtime`, so that instants taken in different threads of one machine
 * compare. `performance.now()` is read instead of `hrtime.bigint()` because it needs no BigInt on every call.
 */
import { performance } from "node:perf_hooks";
import type { Instant } from "../protocol/time.ts";

/** Read so often, at least one pair of readings is not torn apart by a first call or another process. */
const OFFSET_READINGS = 64;

const OFFSET_US = offsetOfThread();

/** The present instant; never smaller than the one before. */
export function liveNow(): Instant {
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
