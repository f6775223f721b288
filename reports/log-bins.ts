/** Bins of equal width on a logarithmic axis: durations counted in a memory that is known before the first one. */
import type { Duration } from "../protocol/time.ts";

export interface LogBins {
  /** Lower edge of bin 0; shorter durations are counted there, too. */
  readonly fromUs: Duration;
  readonly perDecade: number;
  readonly count: number;
}

/** Bins from `fromUs` to at least `toUs`. */
export function logBins(fromUs: Duration, toUs: Duration, perDecade: number): LogBins {
  return { fromUs, perDecade, count: Math.max(1, Math.ceil(Math.log10(toUs / fromUs) * perDecade)) };
}

/** The bin of a duration; durations beyond the last edge are in the last bin. */
export function binOf({ fromUs, perDecade, count }: LogBins, us: Duration): number {
  if (!(us > fromUs)) return 0;
  return Math.min(count - 1, Math.floor(Math.log10(us / fromUs) * perDecade));
}

/** Lower edge of a bin; that of `count` is the end of the last one. */
export function binEdge({ fromUs, perDecade }: LogBins, bin: number): Duration {
  return fromUs * 10 ** (bin / perDecade);
}
