/** The end of a transient at the beginning of a series. */

/** MSER averages this many values before it looks, so that noise of single ones does not count. */
const BATCH = 5;
/** A cut beyond the half keeps few batches, whose error may be small by luck: it must be this many times smaller, of this many. */
const PLAINLY = 30;
const LEAST_KEPT = 4;
/** Off the level: by more than this share of it, and by more than this many standard deviations of the noise around it. */
const OFF_SHARE = 0.05;
const OFF_DEVIATIONS = 4;
/** Standard deviation of normal noise over the median of its distances. */
const DEVIATION_OF_MAD = 1.4826;

/**
 * Index of the first value that belongs to the steady level; beyond the half when the series has not settled before. MSER-5 (White, 1997)
 * finds the level: the part behind the cut that makes the squared error of its mean smallest. What of the cut part is at that level
 * for all that matters is given back, so that a cut ends where a reader would put it and not where noise hides the rest.
 */
export function findSettling(values: readonly number[]): number {
  if (values.length < 2 * BATCH) return 0;
  const cut = mserCut(values) * BATCH;
  const level = medianOf(values.slice(cut));
  const noise = DEVIATION_OF_MAD * medianOf(values.slice(cut).map((value) => Math.abs(value - level)));
  const allowed = Math.max(OFF_SHARE * Math.abs(level), OFF_DEVIATIONS * noise);
  let settled = cut;
  while (settled > 0 && Math.abs((values[settled - 1] as number) - level) <= allowed) settled -= 1;
  return settled;
}

/** Batches to leave out: at most half of them, unless leaving out more is plainly better. */
function mserCut(values: readonly number[]): number {
  const batches: number[] = [];
  for (let at = 0; at + BATCH <= values.length; at += BATCH) {
    batches.push(values.slice(at, at + BATCH).reduce((sum, value) => sum + value, 0) / BATCH);
  }
  let late = { cut: 0, error: Number.POSITIVE_INFINITY };
  let early = late;
  let sum = 0;
  let squares = 0;
  for (let cut = batches.length - 1; cut >= 0; cut -= 1) {
    const value = (batches[cut] as number) - (batches.at(-1) as number);
    sum += value;
    squares += value * value;
    const kept = batches.length - cut;
    const error = Math.max(0, squares - (sum * sum) / kept) / (kept * kept);
    if (cut > batches.length / 2) {
      if (kept >= LEAST_KEPT && error <= late.error) late = { cut, error };
    } else if (error <= early.error) early = { cut, error };
  }
  return late.error < early.error / PLAINLY ? late.cut : early.cut;
}

/** The middle value; the mean of both middle ones of an even number. */
export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  if (sorted.length === 0) return 0;
  if (sorted.length % 2 === 1) return sorted[Math.floor(middle)] as number;
  return ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}
