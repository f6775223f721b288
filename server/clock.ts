/**
 * The live clock: whole microseconds on the axis of `process.hrtime`, so that instants taken in different threads of one machine
 * compare. `performance.now()` is read instead of `hrtime.bigint()` because it needs no BigInt on every call.
 */
import { performance } from "node:perf_hooks";
import type { Instant } from "../protocol/time.ts";

const OFFSET_US = Number(process.hrtime.bigint() / 1_000n) - performance.now() * 1_000;

/** The present instant; never smaller than the one before. */
export function liveNow(): Instant {
  return Math.floor(performance.now() * 1_000 + OFFSET_US);
}
