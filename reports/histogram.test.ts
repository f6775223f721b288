import { inflateSync } from "node:zlib";
import fc from "fast-check";
import { encodeIntoCompressedBase64, Int32Histogram } from "hdr-histogram-js";
import { describe, expect, it, vi } from "vitest";
import { SECOND } from "../protocol/time.ts";
import { bucketOf, highestOf, lowestOf } from "./hdr-buckets.ts";
import { Histogram } from "./histogram.ts";
import { samplesNeeded } from "./quantile-support.ts";

function histogramOf(values: readonly number[], timeout = 5 * SECOND): Histogram {
  const histogram = new Histogram(timeout);
  for (const value of values) histogram.record(value);
  return histogram;
}

const durations = fc.array(fc.integer({ min: 0, max: 60 * SECOND }), { minLength: 1, maxLength: 400 });
const shares = fc.double({ min: 0, max: 1, noNaN: true });

describe("Histogram keeps clear of the library's traps", () => {
  it("1: refuses to export when a counter has wrapped", () => {
    const histogram = histogramOf([1_000, 2_000, 3_000]);
    const wrapped = vi.spyOn(Int32Histogram.prototype, "getCountAtIndex").mockReturnValue(0);
    expect(() => histogram.encode()).toThrow("its buckets hold 0 samples of 3");
    wrapped.mockRestore();
    expect(histogram.encode()).not.toBe("");
  });

  it("1: counts 70 000 equal samples, where a 16 bit counter wraps", () => {
    const histogram = new Histogram(SECOND);
    for (let i = 0; i < 70_000; i += 1) histogram.record(500);
    expect(histogram.quantile(0.99)).toBe(500);
  });

  it("2 and 3: reports the maximum as it was, neither truncated nor rounded up to its bucket", () => {
    const histogram = histogramOf([12_449]);
    expect(histogram.quantile(0.99)).toBe(12_449);
    expect(histogram.max).toBe(12_449);
  });

  it("4: rounds fractions to whole microseconds", () => {
    const histogram = histogramOf([0.6, 1.9]);
    expect([histogram.min, histogram.quantile(0.5), histogram.max, histogram.mean]).toEqual([1, 1, 2, 1.5]);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, -1])("5: refuses %s and counts the refusal", (value) => {
    const histogram = histogramOf([10]);
    expect(histogram.record(value)).toBe(false);
    expect([histogram.n, histogram.refused, histogram.quantile(1)]).toEqual([1, 1, 10]);
  });

  it("6: counts what is beyond its range instead of throwing, and keeps the exact maximum", () => {
    const histogram = histogramOf([10, 90 * SECOND]);
    expect(histogram.overflow).toBe(1);
    expect([histogram.n, histogram.max, histogram.quantile(1)]).toEqual([2, 90 * SECOND, 90 * SECOND]);
  });

  it("6: has a range of more than twice the longest timeout", () => {
    const histogram = histogramOf([80 * SECOND], 40 * SECOND);
    expect([histogram.overflow, histogram.highestUs > 80 * SECOND]).toEqual([0, true]);
  });

  it("8: writes offset 0 and ratio 1.0 into the V2 header, with the right lengths", () => {
    const encoded = Buffer.from(histogramOf([5, 100, 1_900]).encode(), "base64");
    expect(encoded.readInt32BE(0)).toBe(0x1c849314);
    expect(encoded.readInt32BE(4)).toBe(encoded.length - 8);
    const payload = inflateSync(encoded.subarray(8));
    expect(payload.readInt32BE(4)).toBe(payload.length - 40);
    expect(payload.readInt32BE(8)).toBe(0);
    expect(payload.readInt32BE(12)).toBe(3);
    expect(payload.readDoubleBE(32)).toBe(1);
  });
});

describe("Histogram at its edges", () => {
  it("has no figures without samples, and still encodes", () => {
    const empty = new Histogram(SECOND);
    expect([empty.n, empty.min, empty.max, empty.mean, empty.quantile(0.5)]).toEqual([0, ...Array(4).fill(undefined)]);
    expect([...empty.spectrum()]).toEqual([]);
    expect(Histogram.decode(empty.encode())?.n).toBe(0);
  });

  it("uses rank ceil(p * n) even where the product is one bit too large", () => {
    const histogram = histogramOf(Array.from({ length: 100 }, (_, i) => i + 1));
    expect([0, 0.07, 0.5, 0.99, 0.991, 1].map((p) => histogram.quantile(p))).toEqual([1, 7, 50, 99, 100, 100]);
  });

  it("stops the spectrum where n cannot support it", () => {
    const histogram = histogramOf(Array.from({ length: 500 }, (_, i) => i + 1));
    const last = [...histogram.spectrum()].at(-1)?.p ?? 0;
    expect(samplesNeeded(last)).toBeLessThanOrEqual(500);
    expect(last).toBeGreaterThan(0.99);
    expect(last).toBeLessThan(0.995);
  });

  it.each(["", "not base64 at all", "HISTFAAAAAAAAA=="])("decodes %j to nothing", (text) => {
    expect(Histogram.decode(text)).toBeUndefined();
  });

  it("does not merge histograms of different ranges, nor take a quantile beyond 1", () => {
    expect(() => new Histogram(SECOND).merge(new Histogram(600 * SECOND))).toThrow("cannot merge");
    expect(() => new Histogram(SECOND).quantile(99)).toThrow("share from 0 to 1");
  });
});

describe("Histogram laws", () => {
  it("is within 0.1 % of a sorted array, from above", () => {
    fc.assert(
      fc.property(durations, shares, (values, p) => {
        const sorted = [...values].sort((a, b) => a - b);
        const exact = sorted[Math.max(1, Math.ceil(p * sorted.length - sorted.length * Number.EPSILON)) - 1] as number;
        const seen = histogramOf(values).quantile(p) as number;
        expect(seen).toBeGreaterThanOrEqual(exact);
        expect(seen - exact).toBeLessThanOrEqual(exact * 0.001);
      }),
      { numRuns: 60 },
    );
  });

  it("has quantiles that never fall, inside [min, max]", () => {
    fc.assert(
      fc.property(durations, (values) => {
        const histogram = histogramOf(values);
        const quantiles = [0, 0.1, 0.5, 0.9, 0.99, 0.999, 1].map((p) => histogram.quantile(p) as number);
        expect(quantiles).toEqual([...quantiles].sort((a, b) => a - b));
        expect(quantiles[0]).toBeGreaterThanOrEqual(Math.min(...values));
        expect(quantiles.at(-1)).toBe(Math.max(...values));
      }),
      { numRuns: 60 },
    );
  });

  it("merges parts into what one histogram would have been", () => {
    fc.assert(
      fc.property(durations, fc.nat(400), (values, cut) => {
        const merged = histogramOf(values.slice(0, cut));
        merged.merge(histogramOf(values.slice(cut)));
        const whole = histogramOf(values);
        expect(merged.encode()).toBe(whole.encode());
        expect([merged.n, merged.min, merged.max, merged.mean]).toEqual([whole.n, whole.min, whole.max, whole.mean]);
      }),
      { numRuns: 40 },
    );
  });

  it("survives encoding bucket for bucket", () => {
    fc.assert(
      fc.property(durations, (values) => {
        const histogram = histogramOf(values);
        const decoded = Histogram.decode(histogram.encode());
        expect(decoded?.encode()).toBe(histogram.encode());
        expect(decoded?.n).toBe(values.length);
      }),
      { numRuns: 40 },
    );
  });
});

/** What the library itself counts and says of these values. */
function libraryOf(values: readonly number[], timeout = 5 * SECOND): Int32Histogram {
  const library = new Int32Histogram(1, histogramOf([], timeout).highestUs, 3);
  for (const value of values) library.recordValue(value);
  return library;
}

describe("Histogram counts as the library does", () => {
  const edges = Array.from({ length: 42 }, (_, power) => [-1, 0, 1].map((by) => 2 ** power + by)).flat();

  it("has the library's buckets and their edges, over its whole range and at every power of two", () => {
    const library = new Int32Histogram(1, 2 ** 43, 3);
    const some = fc.sample(fc.double({ min: 0, max: 42, noNaN: true }), { numRuns: 3_000, seed: 5 });
    for (const value of [...edges, ...some.map((power) => Math.floor(2 ** power))]) {
      const bucket = bucketOf(value);
      expect([bucket, lowestOf(bucket), highestOf(bucket)]).toEqual([
        library.countsArrayIndex(value),
        library.lowestEquivalentValue(value),
        library.highestEquivalentValue(value),
      ]);
    }
  });

  it("encodes to what the library's own counts encode to", () => {
    fc.assert(
      fc.property(durations, (values) => {
        const mine = inflateSync(Buffer.from(histogramOf(values).encode(), "base64").subarray(8));
        const theirs = inflateSync(Buffer.from(encodeIntoCompressedBase64(libraryOf(values)), "base64").subarray(8));
        // The header differs in the two fields that the library gets wrong.
        expect(mine.subarray(40).equals(theirs.subarray(40))).toBe(true);
        expect(mine.subarray(0, 8).equals(theirs.subarray(0, 8))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it("gives back as counts what it took", () => {
    fc.assert(
      fc.property(durations, (values) => {
        const whole = histogramOf([...values, 90 * SECOND]);
        const again = histogramOf([]);
        again.addCounts(whole.toCounts());
        expect(again.toCounts()).toEqual(whole.toCounts());
        expect([again.encode(), again.min, again.max, again.mean]).toEqual([
          ...[whole.encode(), whole.min, whole.max, whole.mean],
        ]);
        expect(whole.toCounts().counts.reduce((sum, count) => sum + count, 0)).toBe(whole.n);
      }),
      { numRuns: 40 },
    );
  });
});
