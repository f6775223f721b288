/** How much a metric moves from run to run of the same thing, and how large a change pairs of runs can find in that. */
import { normalQuantile } from "../../protocol/exact-math.ts";
import { RandomStream, seedFrom } from "../../protocol/random.ts";
import type { Rules } from "./comparison.ts";
import type { MeasuredRun } from "./measured-run.ts";
import { type Metric, onScale } from "./metric.ts";
import { centre, signedRank } from "./signed-rank.ts";

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
const STEPS = 24;
/** Nobody asks for more than a hundredfold. */
const LARGEST = Math.log(100);

/**
 * Smallest slow-down that so many pairs find in 80 % of the trials under these rules, when changes within a pair scatter like a bell
 * of that width: by simulation, always with the same draws. Undefined when even a hundredfold is not found.
 */
export function smallestEffect(pairs: number, sd: number, rules: Pick<Rules, "alpha" | "floor">): number | undefined {
  const random = new RandomStream(seedFrom("smallest effect"));
  const trials = Array.from({ length: TRIALS }, (_, trial) => {
    random.seek(pairs, 0, trial);
    return Array.from({ length: pairs }, () => sd * normalQuantile(random.uniform()));
  });
  const isFound = (effect: number): boolean => {
    const found = trials.filter((noise) =>
      alarms(
        noise.map((each) => each + effect),
        rules,
      ),
    ).length;
    return found >= FOUND * TRIALS;
  };
  if (!isFound(LARGEST)) return undefined;
  let [low, high] = [0, LARGEST];
  for (let step = 0; step < STEPS; step++) {
    const middle = (low + high) / 2;
    if (isFound(middle)) high = middle;
    else low = middle;
  }
  return Math.expm1(high);
}

function alarms(changes: readonly number[], { alpha, floor }: Pick<Rules, "alpha" | "floor">): boolean {
  const { value } = centre(changes) ?? { value: 0 };
  return Math.expm1(value) > floor && signedRank(changes).pGreater <= alpha;
}
