/** More than one question asked of the same runs, and a share counted over a few trials. */
import { normalQuantile } from "../../protocol/exact-math.ts";

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
export function wilson(count: number, trials: number): Share {
  if (trials === 0) return { count, trials, low: 0, high: 1 };
  const z2 = normalQuantile(0.975) ** 2;
  const share = count / trials;
  const middle = (share + z2 / (2 * trials)) / (1 + z2 / trials);
  const half = (Math.sqrt(z2) / (1 + z2 / trials)) * Math.sqrt((share * (1 - share)) / trials + z2 / (4 * trials ** 2));
  // At its ends the interval is exact; rounding must not leave a hair.
  return { count, trials, low: count === 0 ? 0 : middle - half, high: count === trials ? 1 : middle + half };
}
