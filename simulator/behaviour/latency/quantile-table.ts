/**
 * `quantiles(0%=1ms, 50%=40ms, 99%=400ms, 100%=2s)`: measured percentiles, the form into which `empirical(file=...)` is turned.
 *
 * Between two of them the logarithm of the delay rises in proportion to the share (the delay itself, where the lower one is 0).
 * Below the first every delay is the first, beyond the last every delay is the last.
 */
import { exp, ln } from "../../../protocol/exact-math.ts";
import { formatDuration, parseDuration } from "../../../protocol/time.ts";
import { type FormReader, parseShare } from "../form.ts";
import { constantMarginal, finiteMarginal, type Marginal } from "./marginal.ts";
import type { FormScope } from "./node.ts";
import { percent } from "./truncation.ts";

interface Point {
  readonly share: number;
  readonly delay: number;
}

export function readQuantiles(reader: FormReader, scope: FormScope): Marginal {
  const points: Point[] = [];
  for (const [key, text] of reader.matching(/^[\d.]+%?$/)) {
    const share = parseShare(key);
    const delay = parseDuration(text);
    if (share === undefined || share > 1) reader.refuse(`${key} must be between 0% and 100%`);
    if (delay === undefined) reader.refuse(`${key} must be a duration such as 50ms, got "${text}"`);
    points.push({ share: share ?? 0, delay: delay ?? 0 });
  }
  points.sort((a, b) => a.share - b.share);
  if (points.length === 0) reader.refuse("needs quantiles, such as 50%=40ms, 99%=400ms");
  for (const [i, { share, delay }] of points.entries()) {
    const before = points[i - 1];
    if (before === undefined || reader.problems.length > 0) continue;
    if (share === before.share) reader.refuse(`${percent(share)} is given twice`);
    else if (delay < before.delay)
      reader.refuse(`${percent(share)} is ${formatDuration(delay)}, below ${percent(before.share)}`);
  }
  if (reader.problems.length > 0) return constantMarginal(0);
  const last = points.at(-1) as Point;
  if (last.share < 1)
    scope.tell("beyond the last", `${percent(1 - last.share)} of the delays are ${formatDuration(last.delay)}`);
  return quantileTable(points);
}

function quantileTable(points: readonly Point[]): Marginal {
  const shares = Float64Array.from(points, ({ share }) => share);
  const delays = Float64Array.from(points, ({ delay }) => delay);
  const logs = Float64Array.from(points, ({ delay }) => (delay > 0 ? ln(delay) : 0));
  const last = points.length - 1;
  const quantile = (u: number): number => {
    if (u <= (shares[0] as number)) return delays[0] as number;
    if (u >= (shares[last] as number)) return delays[last] as number;
    const i = lastAtMost(shares, u);
    const [low, high] = [delays[i] as number, delays[i + 1] as number];
    const part = (u - (shares[i] as number)) / ((shares[i + 1] as number) - (shares[i] as number));
    if (low === 0 || low === high) return low + part * (high - low);
    const [from, to] = [logs[i] as number, logs[i + 1] as number];
    return Math.min(high, exp(from + part * (to - from)));
  };
  const cdf = (t: number): number => {
    if (t < (delays[0] as number)) return 0;
    if (t >= (delays[last] as number)) return 1;
    const i = lastAtMost(delays, t);
    const [low, high] = [delays[i] as number, delays[i + 1] as number];
    const part = low === 0 ? t / high : (ln(t) - (logs[i] as number)) / ((logs[i + 1] as number) - (logs[i] as number));
    return (shares[i] as number) + part * ((shares[i + 1] as number) - (shares[i] as number));
  };
  return finiteMarginal(quantile, cdf, () => tableMean(points));
}

/** Between two points the mean is the logarithmic one, (b - a) / ln(b / a); outside of them the nearest delay. */
function tableMean(points: readonly Point[]): number {
  const [first, last] = [points[0] as Point, points.at(-1) as Point];
  let sum = first.share * first.delay + (1 - last.share) * last.delay;
  for (let i = 1; i < points.length; i++) {
    const [a, b] = [points[i - 1] as Point, points[i] as Point];
    const mean =
      a.delay === 0 || a.delay === b.delay ? (a.delay + b.delay) / 2 : (b.delay - a.delay) / ln(b.delay / a.delay);
    sum += (b.share - a.share) * mean;
  }
  return sum;
}

/** Index of the last entry that is at most `value`, in an ascending list whose first is. */
export function lastAtMost(ascending: ArrayLike<number>, value: number): number {
  let low = 0;
  let high = ascending.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] as number) <= value) low = middle;
    else high = middle;
  }
  return low;
}
