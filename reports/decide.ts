/** The three answers of a Gate whose figure is known within bounds (measurement reference, section 10). */
import type { Operator } from "./gate.ts";

/** A figure and what it may as well be; all three alike when it is a plain fact of the run. */
export interface Bounded {
  readonly observed: number;
  readonly low: number;
  readonly high: number;
}

/**
 * `pass` when the bad side of the bounds still holds, `fail` when the good side does not, `unclear` between. A stricter limit never
 * makes a fail a pass. With `==` the figure itself is compared: bounds never show that something is exactly so.
 */
export function decide(
  operator: Operator,
  { observed, low, high }: Bounded,
  limit: number,
): "pass" | "fail" | "unclear" {
  if (operator === "==") return observed === limit ? "pass" : "fail";
  const [good, bad] = operator.startsWith("<") ? [low, high] : [high, low];
  if (compares(operator, bad, limit)) return "pass";
  return compares(operator, good, limit) ? "unclear" : "fail";
}

function compares(operator: Exclude<Operator, "==">, figure: number, limit: number): boolean {
  if (operator === "<") return figure < limit;
  if (operator === "<=") return figure <= limit;
  if (operator === ">") return figure > limit;
  return figure >= limit;
}

/** Room left as a share of the limit; negative beyond it; null when the limit is 0. */
export function marginOf(operator: Operator, observed: number, limit: number): number | null {
  if (limit === 0) return null;
  if (operator === "==") return observed === limit ? 0 : -Math.abs(observed - limit) / limit;
  return (operator.startsWith("<") ? limit - observed : observed - limit) / limit;
}
