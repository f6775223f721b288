/** How samples of a duration spread, as the histograms of other systems count it: in memory that does not grow with the run. */

/** Upper bounds of the explicit buckets in seconds: 1, 2 and 5 of each decade from a millisecond to 50 s. */
export const BOUNDS: readonly number[] = [0.001, 0.01, 0.1, 1, 10].flatMap((decade) =>
  [1, 2, 5].map((step) => Number((decade * step).toPrecision(1))),
);

/** 64 exponential buckets to each doubling: a bucket is 1.1 % wide, its middle within 0.6 % of every sample in it. */
export const SCALE = 6;

export class Spread {
  n = 0;
  sum = 0;
  /** Seconds; undefined without a sample. */
  min: number | undefined;
  max: number | undefined;
  /** Samples of no duration at all, which no exponential bucket holds. */
  zero = 0;
  /** Samples at or below the bound of the same place in BOUNDS, and above the one before. */
  readonly bounded: number[] = BOUNDS.map(() => 0);
  /** By index: bucket i holds what is above 2^(i / 2^SCALE) and at most 2^((i + 1) / 2^SCALE). */
  readonly exponential = new Map<number, number>();

  /** Counts a sample in seconds; what is no duration (NaN) is left out. */
  record(seconds: number): void {
    if (Number.isNaN(seconds)) return;
    this.n += 1;
    this.sum += seconds;
    this.min = Math.min(this.min ?? seconds, seconds);
    this.max = Math.max(this.max ?? seconds, seconds);
    const place = BOUNDS.findIndex((bound) => seconds <= bound);
    if (place >= 0) this.bounded[place] = (this.bounded[place] as number) + 1;
    if (seconds === 0) {
      this.zero += 1;
      return;
    }
    const index = Math.ceil(Math.log2(seconds) * 2 ** SCALE) - 1;
    this.exponential.set(index, (this.exponential.get(index) ?? 0) + 1);
  }
}
