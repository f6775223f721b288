/** A series cut into windows that overlap: what a Gate with `for any 10s` looks at. */
import type { Duration, Instant } from "../protocol/time.ts";
import type { Operator, Statistic } from "./gate.ts";
import { samplesNeeded } from "./quantile-support.ts";
import { mergeSeconds, quantileOfSecond, type SecondCounts } from "./statistics/second-counts.ts";

/** Windows begin this often in their own length, as far as the intervals of the run allow. */
const STARTS_IN_LENGTH = 10;

/**
 * The samples of every whole window of `length`, one beginning at least every tenth of it. None when the run is shorter than a
 * window, or its intervals are longer than one. Windows without a sample are left out.
 */
export function windowsOf(seconds: readonly SecondCounts[], length: Duration, runEnd: Instant): SecondCounts[] {
  const [first] = seconds;
  if (first === undefined) return [];
  const interval = first.end - first.start;
  if (interval > length) return [];
  const hop = Math.max(1, Math.floor(length / interval / STARTS_IN_LENGTH)) * interval;
  const windows: SecondCounts[] = [];
  let from = 0;
  for (let start = 0; start + length <= runEnd; start += hop) {
    while (from < seconds.length && (seconds[from] as SecondCounts).start < start) from += 1;
    let to = from;
    while (to < seconds.length && (seconds[to] as SecondCounts).end <= start + length) to += 1;
    if (to > from) windows.push({ ...mergeSeconds(seconds.slice(from, to)), start, end: start + length });
  }
  return windows;
}

export interface WindowFigure {
  readonly value: Duration;
  readonly start: Instant;
  readonly n: number;
}

/**
 * The worst windows in the sense of the operator: `figure` of those that have samples enough, `thin` of the others. A thin window
 * counts with its extreme sample, which can only be stricter: what it holds, its percentile would hold, and what it breaks is open.
 */
export function worstWindows(
  windows: readonly SecondCounts[],
  statistic: Statistic,
  operator: Operator,
): { figure: WindowFigure | undefined; thin: WindowFigure | undefined } {
  const isHighWorse = !operator.startsWith(">");
  const needed = statistic.kind === "quantile" ? samplesNeeded(statistic.p) : 1;
  let figure: WindowFigure | undefined;
  let thin: WindowFigure | undefined;
  const worse = (a: WindowFigure | undefined, b: WindowFigure): WindowFigure =>
    a === undefined || (isHighWorse ? b.value > a.value : b.value < a.value) ? b : a;
  for (const window of windows) {
    const { start, n } = window;
    if (n < needed) thin = worse(thin, { value: extremeOf(window, isHighWorse), start, n });
    else figure = worse(figure, { value: statisticOf(window, statistic), start, n });
  }
  return { figure, thin };
}

function statisticOf(window: SecondCounts, statistic: Statistic): Duration {
  if (statistic.kind === "quantile") return quantileOfSecond(window, statistic.p) ?? 0;
  if (statistic.kind !== "mean") return extremeOf(window, statistic.kind === "max");
  let sum = 0;
  for (const [index, count] of window.counts.entries()) sum += count * (window.valuesUs[index] as number);
  return Math.round(sum / window.n);
}

function extremeOf({ valuesUs }: SecondCounts, isHigh: boolean): Duration {
  return (isHigh ? valuesUs.at(-1) : valuesUs[0]) ?? 0;
}
