/** How much a metric moves from run to run of the same thing, and how large a change pairs of runs can find in that. */
import { normalQuantile } from "../../protocol/exact-math.ts";
import { RandomStream, seedFrom } from "../../protocol/random.ts";
import type { Rules } from "./comparison.ts";
import type { MeasuredRun } from "./measured-run.ts";
import { type Metric, onScale } from "./metric.ts";
import { liftToFind } from "./signed-rank.ts";

export interface MetricNoise {
  /** Pairs in which both runs have the figure. */
  readonly pairs: number;
  /** Standard deviation of the change within a pair, about no change at all; on the metric's scale. */
  readonly sd: number;
}

/** The noise of a metric, from pairs of runs of the same thing; undefined with fewer than two. */
export function noiseOf(
  metric: Metric,
  pairs: readonly (readonly [MeasuredRun, MeasuredRun])[],
): MetricNoise | undefined {
  const changes = pairs.flatMap(([a, b]) => {
    const [from, to] = [metric.of(a.figures), metric.of(b.figures)];
    return from === null || to === null ? [] : [onScale(metric, to) - onScale(metric, from)];
  });
  if (changes.length < 2) return undefined;
  const squares = changes.reduce((sum, change) => sum + change ** 2, 0);
  return { pairs: changes.length, sd: Math.sqrt(squares / changes.length) };
}

const TRIALS = 2_000;
const FOUND = 0.8;

/**
 * Smallest slow-down that so many pairs find in 80 % of the trials under these rules, when changes within a pair scatter like a bell
 * of that width: by simulation, always with the same draws. Undefined when so few pairs find nothing at all.
 */
export function smallestEffect(
  pairs: number,
  sd: number,
  { alpha, floor }: Pick<Rules, "alpha" | "floor">,
): number | undefined {
  const random = new RandomStream(seedFrom("smallest effect"));
  const lifts: number[] = [];
  for (let trial = 0; trial < TRIALS; trial++) {
    random.seek(pairs, 0, trial);
    const noise = Array.from({ length: pairs }, () => sd * normalQuantile(random.uniform()));
    const lift = liftToFind(noise, { alpha, floor: Math.log1p(floor) });
    if (lift === undefined) return undefined;
    lifts.push(lift);
  }
  lifts.sort((a, b) => a - b);
  return Math.expm1(lifts[Math.ceil(FOUND * TRIALS) - 1] as number);
}
