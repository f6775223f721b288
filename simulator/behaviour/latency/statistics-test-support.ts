/** The few tests of goodness of fit that the generators are judged by, with the distribution fully specified beforehand. */

type Cdf = (t: number) => number;

/** Kolmogorov and Smirnov's distance times sqrt(n): above 1.358 in 5 % of correct samples, above 1.628 in 1 %. */
export function kolmogorovSmirnov(sample: readonly number[], cdf: Cdf): number {
  const sorted = Float64Array.from(sample).sort();
  const n = sorted.length;
  let distance = 0;
  for (let i = 0; i < n; i++) {
    const share = cdf(sorted[i] as number);
    distance = Math.max(distance, share - i / n, (i + 1) / n - share);
  }
  return distance * Math.sqrt(n);
}

/** Anderson and Darling's A squared, which looks at the tails: above 2.492 in 5 % of correct samples, above 3.857 in 1 %. */
export function andersonDarling(sample: readonly number[], cdf: Cdf): number {
  const sorted = Float64Array.from(sample).sort();
  const n = sorted.length;
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const below = Math.log(cdf(sorted[i] as number));
    const above = Math.log1p(-cdf(sorted[n - 1 - i] as number));
    sum += (2 * i + 1) * (below + above);
  }
  return -n - sum / n;
}

/** Chi-square of counts against expected counts, and the value that 1 % of correct samples exceed (Wilson and Hilferty). */
export function chiSquare(counts: readonly number[], expected: readonly number[]): { value: number; critical: number } {
  if (Math.min(...expected) < 5) throw new Error("every bin needs an expected count of 5");
  const value = counts.reduce(
    (sum, count, i) => sum + (count - (expected[i] as number)) ** 2 / (expected[i] as number),
    0,
  );
  const freedom = counts.length - 1;
  const cube = 1 - 2 / (9 * freedom) + 2.3263 * Math.sqrt(2 / (9 * freedom));
  return { value, critical: freedom * cube ** 3 };
}

/** Correlation of a sequence with itself `lag` places before. */
export function autocorrelation(sequence: readonly number[], lag: number): number {
  return correlation(sequence.slice(lag), sequence.slice(0, -lag));
}

export function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [(a[i] as number) - meanA, (b[i] as number) - meanB];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return ab / Math.sqrt(aa * bb);
}

/** The smallest value that at least a share `u` of the sample does not exceed. */
export function sampleQuantile(sample: readonly number[], u: number): number {
  const sorted = Float64Array.from(sample).sort();
  return sorted[Math.ceil(u * sorted.length) - 1] as number;
}
