/**
 * When a figure changed, over many runs. E-divisive (Matteson and James, 2014) proposes where, by the energy distance between what
 * lies before and after; a t-test confirms, as Hunter does instead of permutations, so that the same history always has the same
 * change points. A change shows once several runs lie behind it: this is for trends, it does not judge a single run.
 */
import { studentTwoSided } from "./normal.ts";

export interface ChangePoint {
  /** Index of the first value after the change. */
  readonly index: number;
  /** Means of the values since the change before, and until the next one. */
  readonly before: number;
  readonly after: number;
  /** after / before - 1; infinite when the figure was 0 before. */
  readonly change: number;
  /** Chance of such a difference without a change, by Welch's t-test. */
  readonly p: number;
}

export interface ChangePointOptions {
  /** Largest p of a change. */
  readonly maxP: number;
  /** Smallest change worth a mark, as a share of the value before. */
  readonly minChange: number;
  /** Fewest values on either side. */
  readonly minRuns: number;
}

const DEFAULTS: ChangePointOptions = { maxP: 0.001, minChange: 0.05, minRuns: 4 };

/** The change points of a history, ascending; `values` are one figure of consecutive runs, the oldest first. */
export function findChangePoints(
  values: readonly number[],
  changes: Partial<ChangePointOptions> = {},
): readonly ChangePoint[] {
  const options = { ...DEFAULTS, ...changes };
  const cuts: number[] = [];
  split({ values, from: 0, to: values.length }, options, cuts);
  cuts.sort((a, b) => a - b);
  return confirm(values, cuts, options);
}

interface Segment {
  readonly values: readonly number[];
  readonly from: number;
  readonly to: number;
}

/** Splits a segment where its two sides differ most, and its parts again, as long as the sides do differ. */
function split(segment: Segment, options: ChangePointOptions, cuts: number[]): void {
  const { values, from, to } = segment;
  const at = bestSplit(segment, options.minRuns);
  if (at === undefined || welch(values.slice(from, at), values.slice(at, to)) > options.maxP) return;
  cuts.push(at);
  split({ values, from, to: at }, options, cuts);
  split({ values, from: at, to }, options, cuts);
}

/** The split with the largest energy distance, weighted as the E-divisive statistic is; undefined when there is no room for one. */
function bestSplit({ values, from, to }: Segment, minRuns: number): number | undefined {
  if (to - from < 2 * minRuns) return undefined;
  const distance = (i: number, j: number): number => Math.abs((values[i] as number) - (values[j] as number));
  let within = 0;
  let left = 0;
  let between = 0;
  for (let i = from; i < to; i += 1) for (let j = i + 1; j < to; j += 1) within += distance(i, j);
  let best: { at: number; energy: number } | undefined;
  // Value `at - 1` moves from the right side to the left one.
  for (let at = from + 1; at < to; at += 1) {
    let toLeft = 0;
    let toRight = 0;
    for (let j = from; j < at - 1; j += 1) toLeft += distance(at - 1, j);
    for (let j = at; j < to; j += 1) toRight += distance(at - 1, j);
    left += toLeft;
    within -= toRight;
    between += toRight - toLeft;
    const [m, n] = [at - from, to - at];
    if (m < minRuns || n < minRuns) continue;
    const energy = (2 * between) / (m * n) - left / ((m * (m - 1)) / 2) - within / ((n * (n - 1)) / 2);
    const weighted = ((m * n) / (m + n)) * energy;
    if (best === undefined || weighted > best.energy) best = { at, energy: weighted };
  }
  return best?.at;
}

/** Takes out the weakest change until those that are left are all sure and large enough between their neighbours. */
function confirm(values: readonly number[], proposed: readonly number[], options: ChangePointOptions): ChangePoint[] {
  let cuts = [...proposed];
  for (;;) {
    const points = cuts.map((at, index) =>
      describeCut(values, [cuts[index - 1] ?? 0, at, cuts[index + 1] ?? values.length]),
    );
    const weak = points.filter(({ p, change }) => p > options.maxP || Math.abs(change) < options.minChange);
    if (weak.length === 0) return points;
    const weakest = weak.reduce((a, b) => (b.p > a.p ? b : a));
    cuts = cuts.filter((at) => at !== weakest.index);
  }
}

function describeCut(values: readonly number[], [from, at, to]: readonly [number, number, number]): ChangePoint {
  const [left, right] = [values.slice(from, at), values.slice(at, to)];
  const [before, after] = [meanOf(left), meanOf(right)];
  return { index: at, before, after, change: after / before - 1, p: welch(left, right) };
}

/** p-value of Welch's t-test: do both come from distributions of one mean, whatever their spread? */
function welch(a: readonly number[], b: readonly number[]): number {
  const [va, vb] = [varianceOf(a) / a.length, varianceOf(b) / b.length];
  const difference = meanOf(a) - meanOf(b);
  if (va + vb === 0) return difference === 0 ? 1 : 0;
  const freedom = (va + vb) ** 2 / (va ** 2 / (a.length - 1) + vb ** 2 / (b.length - 1));
  return studentTwoSided(difference / Math.sqrt(va + vb), freedom);
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function varianceOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
}
