/**
 * Which bucket of an HdrHistogram of three significant digits and unit 1 a value falls into, as arithmetic of a few nanoseconds:
 * 2,048 buckets of width 1, then for every power of two 1,024 of twice the width of those before.
 */
import type { Duration } from "../protocol/time.ts";

const HALF_BITS = 10;
const HALF = 1 << HALF_BITS;
/** Values below it have a bucket each. */
const UNIT_BUCKETS = 2 * HALF;
const INTEGER_LIMIT = 2 ** 32;
/** Width of the buckets of each power of two: a power is not worth computing each time. */
const WIDTHS = Float64Array.from({ length: 54 }, (_, shift) => 2 ** shift);

/** Index of the bucket of a whole, not negative value. */
export function bucketOf(value: Duration): number {
  if (value < UNIT_BUCKETS) return value;
  if (value < INTEGER_LIMIT) {
    const shift = 31 - Math.clz32(value) - HALF_BITS;
    return shift * HALF + (value >>> shift);
  }
  const shift = Math.floor(Math.log2(value)) - HALF_BITS;
  return shift * HALF + Math.floor(value / widthAt(shift));
}

/** Smallest value of a bucket. */
export function lowestOf(bucket: number): Duration {
  if (bucket < UNIT_BUCKETS) return bucket;
  return (HALF + (bucket & (HALF - 1))) * widthAt((bucket >> HALF_BITS) - 1);
}

/** Largest value of a bucket: what stands for all of them. */
export function highestOf(bucket: number): Duration {
  if (bucket < UNIT_BUCKETS) return bucket;
  return lowestOf(bucket) + widthAt((bucket >> HALF_BITS) - 1) - 1;
}

function widthAt(shift: number): number {
  return WIDTHS[shift] as number;
}
