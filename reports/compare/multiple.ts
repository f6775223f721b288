/** More than one question asked of the same runs, and a share counted over a few trials. */

import { wilsonInterval } from "../statistics/wilson.ts";

/**
 * Holm's correction: p-values that may each be held against the same level although there are several of them. In the order of
 * the input; never below the p it stands for.
 */
export function holm(ps: readonly number[]): number[] {
  const order = ps.map((_, index) => index).sort((a, b) => (ps[a] as number) - (ps[b] as number));
  const adjusted = new Array<number>(ps.length).fill(1);
  let highest = 0;
  for (const [place, index] of order.entries()) {
    highest = Math.max(highest, Math.min(1, (ps[index] as number) * (ps.length - place)));
    adjusted[index] = highest;
  }
  return adjusted;
}

export interface Share {
  readonly count: number;
  readonly trials: number;
  readonly low: number;
  readonly high: number;
}

/** A counted share with Wilson's 95 % interval; without trials anything is possible. */
export function countedShare(count: number, trials: number): Share {
  const interval = trials === 0 ? { low: 0, high: 1 } : wilsonInterval(count, trials);
  return { count, trials, ...interval };
}
