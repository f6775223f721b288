/**
 * HdrHistograms in our own words. Samples are counted here, since there are many; encoding and decoding are hdr-histogram-js's, and
 * no other file imports it. What it is known to get wrong (wrapped counters, truncated summaries, percentiles above the maximum,
 * floats, NaN, values out of range, a V2 header that other languages decode one bucket off) is guarded against.
 *
 * Values are whole microseconds, three significant digits, so a quantile is at most 0.1 % above the sample it stands for.
 */
import { decodeFromCompressedBase64, encodeIntoCompressedBase64, Int32Histogram, JsHistogram } from "hdr-histogram-js";
import { type Duration, SECOND } from "../protocol/time.ts";
import { bucketOf, highestOf, lowestOf } from "./hdr-buckets.ts";
import { repairHeader } from "./hdr-header.ts";
import { rankOf, samplesNeeded } from "./quantile-support.ts";

const SIGNIFICANT_DIGITS = 3;
const POINTS_PER_DECADE = 40;
/** Enough for 4 ms; a histogram of longer durations grows. */
const FIRST_BUCKETS = 3_072;
const SHORTEST_TIMEOUT = 30 * SECOND;

/** One point of the percentile spectrum: quantile `p` (a share) and its value in microseconds. */
export interface SpectrumPoint {
  readonly p: number;
  readonly valueUs: Duration;
}

/** What a histogram holds, without the buckets that are empty. */
export interface HistogramCounts {
  readonly n: number;
  /** Largest value of each bucket in use, ascending: what stands for its samples in a quantile. */
  readonly valuesUs: Float64Array;
  readonly counts: Uint32Array;
  /** Exact: smallest, largest and sum of the samples; 0 when there is none. */
  readonly minUs: Duration;
  readonly maxUs: Duration;
  readonly sumUs: number;
  readonly overflow: number;
}

/** Counts of durations. Counters are 32 bit wide, so one histogram takes up to 2 billion samples before `encode` refuses. */
export class Histogram {
  /** Largest value that has a bucket of its own, in microseconds. */
  readonly highestUs: Duration;
  /** Samples above `highestUs`: they are in `n`, `max` and `mean`, and their quantiles read as the maximum. */
  overflow = 0;
  /** Samples that were no duration at all (NaN, infinite, negative): refused, in no other figure. */
  refused = 0;
  #counts = new Uint32Array(FIRST_BUCKETS);
  #n = 0;
  /** Exact figures beside the buckets; a decoded histogram only knows them to bucket width. */
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  #sum = 0;

  /** A histogram for durations up to more than twice `longestTimeout`; it grows no further than that. */
  constructor(longestTimeout: Duration) {
    this.highestUs = 2 * Math.max(Math.ceil(longestTimeout), SHORTEST_TIMEOUT) + 1;
  }

  /** Samples recorded. */
  get n(): number {
    return this.#n;
  }

  /** Smallest sample, exact; undefined when there is none. */
  get min(): Duration | undefined {
    return this.n === 0 ? undefined : this.#min;
  }

  /** Largest sample, exact; undefined when there is none. */
  get max(): Duration | undefined {
    return this.n === 0 ? undefined : this.#max;
  }

  /** Mean of the samples from their exact sum, in microseconds; undefined when there is none. */
  get mean(): number | undefined {
    return this.n === 0 ? undefined : this.#sum / this.n;
  }

  /** Records a duration in microseconds, rounded to a whole one. False when it was refused: NaN, infinite or negative. */
  record(us: Duration): boolean {
    if (!(us >= 0 && us < Number.POSITIVE_INFINITY)) {
      this.refused += 1;
      return false;
    }
    const value = Math.round(us);
    if (value > this.highestUs) this.overflow += 1;
    this.#count(Math.min(value, this.highestUs), 1);
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
    this.#sum += value;
    return true;
  }

  /**
   * Records the first `length` of these durations, as `record` does each: one call for many, since a number that is handed over by
   * itself costs more than to count it.
   */
  recordMany(durations: Float64Array, length: number): void {
    let [min, max, sum, n] = [this.#min, this.#max, 0, 0];
    for (let index = 0; index < length; index += 1) {
      const us = durations[index] as number;
      if (!(us >= 0 && us < Number.POSITIVE_INFINITY)) {
        this.refused += 1;
        continue;
      }
      const value = Math.round(us);
      if (value > this.highestUs) this.overflow += 1;
      const bucket = bucketOf(Math.min(value, this.highestUs));
      if (bucket >= this.#counts.length) this.#grow(bucket);
      this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
      min = Math.min(min, value);
      max = Math.max(max, value);
      sum += value;
      n += 1;
    }
    this.#min = min;
    this.#max = max;
    this.#sum += sum;
    this.#n += n;
  }

  /** Adds every sample of `other`; both must have been made for the same range. */
  merge(other: Histogram): void {
    if (other.highestUs !== this.highestUs) {
      throw new RangeError(`cannot merge a histogram up to ${other.highestUs} us into one up to ${this.highestUs} us`);
    }
    for (const [valueUs, count] of other.#buckets()) this.#count(valueUs, count);
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
    this.#sum += other.#sum;
    this.overflow += other.overflow;
    this.refused += other.refused;
  }

  /** Forgets everything that was recorded. */
  clear(): void {
    if (this.#n > 0) this.#counts.fill(0, this.#bucketOf(this.#min), this.#bucketOf(this.#max) + 1);
    this.#n = 0;
    this.#min = Number.POSITIVE_INFINITY;
    this.#max = Number.NEGATIVE_INFINITY;
    this.#sum = 0;
    this.overflow = 0;
    this.refused = 0;
  }

  /** Everything that was recorded, in as little room as it takes. */
  toCounts(): HistogramCounts {
    // Many are made of a long run, of histograms of few samples: a plain walk over the buckets that can be in use.
    const [first, last] = [this.#bucketOf(this.min ?? 0), this.#bucketOf(this.max ?? 0)];
    const most = this.#n === 0 ? 0 : Math.min(this.#n, last - first + 1);
    const valuesUs = new Float64Array(most);
    const counts = new Uint32Array(most);
    let used = 0;
    for (let bucket = first; bucket <= last && most > 0; bucket += 1) {
      const count = this.#counts[bucket] as number;
      if (count === 0) continue;
      valuesUs[used] = highestOf(bucket);
      counts[used] = count;
      used += 1;
    }
    return {
      n: this.#n,
      valuesUs: valuesUs.slice(0, used),
      counts: counts.slice(0, used),
      minUs: this.min ?? 0,
      maxUs: this.max ?? 0,
      sumUs: this.#sum,
      overflow: this.overflow,
    };
  }

  /** Adds samples that `toCounts` of a histogram of the same range gave. */
  addCounts({ n, valuesUs, counts, minUs, maxUs, sumUs, overflow }: HistogramCounts): void {
    if (n === 0) return;
    for (let index = 0; index < counts.length; index += 1) {
      this.#count(valuesUs[index] as number, counts[index] as number);
    }
    this.#min = Math.min(this.#min, minUs);
    this.#max = Math.max(this.#max, maxUs);
    this.#sum += sumUs;
    this.overflow += overflow;
  }

  /**
   * The sample of rank ceil(p * n), to within 0.1 % above and never outside [min, max]; undefined when there is no sample.
   * `p` is a share from 0 to 1. Whether n is large enough to show it is `supportsQuantile`'s to say.
   */
  quantile(p: number): Duration | undefined {
    if (!(p >= 0 && p <= 1)) throw new RangeError(`a quantile is a share from 0 to 1, not ${p}`);
    for (const value of this.#atRanks([rankOf(p, this.n)])) return value;
    return undefined;
  }

  /** The percentile spectrum, evenly spaced on 1/(1-p), up to the last percentile that n supports. */
  *spectrum(): Generator<SpectrumPoint> {
    const shares: number[] = [];
    for (let step = 0; ; step += 1) {
      const p = 1 - 10 ** (-step / POINTS_PER_DECADE);
      if (this.n < samplesNeeded(Math.max(p, 0.5))) break;
      shares.push(p);
    }
    let index = 0;
    for (const valueUs of this.#atRanks(shares.map((p) => rankOf(p, this.n)))) {
      yield { p: shares[index] as number, valueUs };
      index += 1;
    }
  }

  /**
   * V2 compressed base64, as every HdrHistogram reads it. Values above the range are in the topmost bucket.
   * Throws when the counts do not add up to n: a counter has wrapped, and no figure of the histogram can be trusted.
   */
  encode(): string {
    const library = new Int32Histogram(1, this.highestUs, SIGNIFICANT_DIGITS);
    for (const [valueUs, count] of this.#buckets()) library.recordValueWithCount(valueUs, count);
    let counted = 0;
    for (let index = 0; index < library.countsArrayLength; index += 1) counted += library.getCountAtIndex(index);
    if (counted !== this.n) throw new Error(`histogram is damaged: its buckets hold ${counted} samples of ${this.n}`);
    return repairHeader(encodeIntoCompressedBase64(library));
  }

  /**
   * A histogram from its V2 base64. Buckets are exact; minimum, maximum and mean are known to bucket width only.
   * Undefined when the text is not one, or one of another precision.
   */
  static decode(base64: string): Histogram | undefined {
    try {
      const decoded = decodeFromCompressedBase64(base64, 32);
      if (!(decoded instanceof JsHistogram) || decoded.numberOfSignificantValueDigits !== SIGNIFICANT_DIGITS)
        return undefined;
      return Histogram.#around(decoded);
    } catch {
      return undefined;
    }
  }

  static #around(buckets: JsHistogram): Histogram {
    const histogram = new Histogram(Math.floor(buckets.highestTrackableValue / 2));
    for (let index = 0; index < buckets.countsArrayLength; index += 1) {
      const count = buckets.getCountAtIndex(index);
      if (count === 0) continue;
      const value = buckets.valueFromIndex(index);
      histogram.#count(value, count);
      histogram.#min = Math.min(histogram.#min, value);
      histogram.#max = Math.min(buckets.highestEquivalentValue(value), buckets.highestTrackableValue);
      histogram.#sum += buckets.medianEquivalentValue(value) * count;
    }
    return histogram;
  }

  /** Bucket of a sample; what lies beyond the range is in the topmost one. */
  #bucketOf(value: Duration): number {
    return bucketOf(Math.min(value, this.highestUs));
  }

  #count(value: Duration, count: number): void {
    const bucket = bucketOf(value);
    if (bucket >= this.#counts.length) this.#grow(bucket);
    this.#counts[bucket] = (this.#counts[bucket] as number) + count;
    this.#n += count;
  }

  #grow(bucket: number): void {
    const bigger = new Uint32Array(Math.max(2 * this.#counts.length, bucket + 1));
    bigger.set(this.#counts);
    this.#counts = bigger;
  }

  /** Lower edge and count of every bucket in use, ascending. */
  *#buckets(): Generator<readonly [Duration, number]> {
    for (let bucket = 0; bucket < this.#counts.length; bucket += 1) {
      const count = this.#counts[bucket] as number;
      if (count !== 0) yield [lowestOf(bucket), count];
    }
  }

  /** Values at ascending ranks, in one pass over the buckets. */
  *#atRanks(ranks: readonly number[]): Generator<Duration> {
    let next = 0;
    let seen = 0;
    for (const [lowest, count] of this.#buckets()) {
      seen += count;
      while (next < ranks.length && (ranks[next] as number) <= seen) {
        yield this.#clamped(lowest);
        next += 1;
      }
      if (next === ranks.length) return;
    }
  }

  #clamped(lowest: Duration): Duration {
    const highest = highestOf(bucketOf(lowest));
    if (this.overflow > 0 && highest >= this.highestUs) return this.#max;
    return Math.min(this.#max, Math.max(this.#min, highest));
  }
}
