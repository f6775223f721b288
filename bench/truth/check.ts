/** What each part of the suite comes to: a check with its figures, and whether they can be believed. */

/** One figure beside what it should be; times in microseconds. */
export interface Figure {
  readonly name: string;
  readonly truth: number;
  readonly measured: number;
  /** What a closed loop that measures from the actual send would have reported. */
  readonly closedLoop: number;
}

export interface Check {
  readonly name: string;
  /** `cannot tell`: the generator was not healthy, so that no figure counts. */
  readonly verdict: "holds" | "off" | "cannot tell";
  /** Why, in sentences; empty when all is as it should be. */
  readonly problems: readonly string[];
  /** What was seen, for the reader. */
  readonly notes: readonly string[];
  readonly figures: readonly Figure[];
  readonly runs: number;
}

/** A check by what is wrong with it. */
export function checkOf(name: string, problems: readonly string[], more: Partial<Check> = {}): Check {
  return { name, verdict: problems.length === 0 ? "holds" : "off", problems, notes: [], figures: [], runs: 1, ...more };
}
