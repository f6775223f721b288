/** Where in the distribution two sides differ: the change of every quantile, and a band from run to run. */
import type { Histogram } from "../histogram.ts";
import { supportsQuantile } from "../quantile-support.ts";
import { centre, type Interval } from "./signed-rank.ts";

export interface ShiftPoint {
  readonly p: number;
  /** Of B against A, all samples of a side together: 0.1 is 10 % more. */
  readonly change: number;
  /** From the pairs' own changes; undefined with fewer than five pairs that can tell the quantile. */
  readonly interval: Interval | undefined;
}

export interface ShiftInput {
  readonly a: Histogram;
  readonly b: Histogram;
  /** The runs of each pair. */
  readonly pairs: readonly (readonly [Histogram, Histogram])[];
}

/** The change of each of these quantiles that both sides can tell. */
export function shiftFunction({ a, b, pairs }: ShiftInput, quantiles: readonly number[]): ShiftPoint[] {
  return quantiles
    .filter((p) => supportsQuantile(a.n, p) && supportsQuantile(b.n, p))
    .map((p) => {
      const differences = pairs
        .filter((pair) => pair.every(({ n }) => supportsQuantile(n, p)))
        .map(([from, to]) => logRatio(from, to, p));
      const interval = centre(differences)?.interval;
      return {
        p,
        change: Math.expm1(logRatio(a, b, p)),
        interval:
          interval === undefined
            ? undefined
            : { ...interval, low: Math.expm1(interval.low), high: Math.expm1(interval.high) },
      };
    });
}

function logRatio(from: Histogram, to: Histogram, p: number): number {
  return Math.log(Math.max(1, to.quantile(p) ?? 1) / Math.max(1, from.quantile(p) ?? 1));
}
