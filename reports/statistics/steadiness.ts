/**
 * Where a run's warm-up ends, and whether what follows is a steady state (measurement rule R7). Judged are the medians of its
 * seconds and the rate of its samples; a workload of several steps is judged step by step.
 */
import { type Instant, SECOND } from "../../protocol/time.ts";
import { formatMs, formatRate } from "../format.ts";
import { atMostCells, quantileOfSecond, type SecondCounts } from "./second-counts.ts";
import { findSettling } from "./settling.ts";
import { findTrend } from "./trend.ts";

export interface Steadiness {
  /** Samples from here on are those of the steady state; the end of the warm-up also where there is none. */
  readonly warmUpUntil: Instant;
  /** `too short`: nothing was found, for want of seconds to find it in. */
  readonly verdict: "steady" | "no steady state" | "too short";
  /** One sentence: what was found. */
  readonly reason: string;
}

/** Calls before this are never the steady state's: connections, caches and compilers are cold. */
const LEAST_WARM_UP = 2 * SECOND;
const LEAST_SECONDS = 10;
const MOST_CELLS = 600;

/** Judges the seconds of one series, ascending and without a hole larger than what no samples mean. */
export function judgeSteadiness(seconds: readonly SecondCounts[]): Steadiness {
  const [first] = seconds;
  const last = seconds.at(-1);
  if (first === undefined || last === undefined || seconds.length < LEAST_SECONDS) {
    const reason = `The run has fewer than ${LEAST_SECONDS} seconds of samples: too short to tell a steady state.`;
    return { warmUpUntil: first?.start ?? 0, verdict: "too short", reason };
  }
  const cells = atMostCells(seconds, MOST_CELLS);
  const medians = cells.filter(({ n }) => n > 0).map((cell) => ({ start: cell.start, value: medianOf(cell) }));
  const rates = ratesOf(cells);
  const settled = Math.max(findSettling(values(medians)), 0);
  const rateSettled = Math.max(findSettling(values(rates)), 0);
  const cut = Math.max(
    medians[settled]?.start ?? last.end,
    rates[rateSettled]?.start ?? last.end,
    first.start + LEAST_WARM_UP,
  );
  const half = (first.start + last.end) / 2;
  const seen = (cut - first.start) / SECOND;
  if (cut > half) {
    const reason = `The run has not settled before its half: it changes until ${seen} s after its start.`;
    return { warmUpUntil: cut, verdict: "no steady state", reason };
  }
  const drift =
    driftOf(medians, half, (us) => `${formatMs(us)} ms`, "median") ?? driftOf(rates, half, formatRate, "rate");
  if (drift !== undefined) return { warmUpUntil: cut, verdict: "no steady state", reason: drift };
  return { warmUpUntil: cut, verdict: "steady", reason: `The run is steady from ${seen} s after its start.` };
}

interface Point {
  readonly start: Instant;
  readonly value: number;
}

const values = (points: readonly Point[]): number[] => points.map(({ value }) => value);

function medianOf(cell: SecondCounts): number {
  return quantileOfSecond(cell, 0.5) ?? 0;
}

/** Samples per second, a second without any as 0. The last cell may be cut short: it counts for its own length. */
function ratesOf(cells: readonly SecondCounts[]): Point[] {
  const rates: Point[] = [];
  let next = cells[0]?.start ?? 0;
  for (const { start, end, n } of cells) {
    const width = end - start;
    for (; next < start; next += width) rates.push({ start: next, value: 0 });
    rates.push({ start, value: (n / width) * SECOND });
    next = end;
  }
  return rates;
}

function driftOf(
  points: readonly Point[],
  half: Instant,
  show: (value: number) => string,
  what: string,
): string | undefined {
  const trend = findTrend(values(points.filter(({ start }) => start >= half)));
  if (trend === undefined) return undefined;
  const way = trend.to > trend.from ? "rises" : "falls";
  return `The ${what} ${way} from ${show(trend.from)} to ${show(trend.to)} in the second half of the run.`;
}
