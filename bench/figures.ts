/** Repeated measurements of two sides -> a ratio with its spread, and the verdict on a goal. */

export interface Row {
  readonly name: string;
  readonly unit: string;
  readonly better: "more" | "less";
  /** One value per repetition; repetition n of one side ran next to repetition n of the other. */
  readonly ours: readonly number[];
  readonly theirs: readonly number[];
  /** Least ratio that counts as met; absent: for information. */
  readonly goal?: number;
}

export interface Section {
  readonly title: string;
  readonly repetitions: number;
  readonly ours: string;
  readonly theirs: string;
  readonly rows: readonly Row[];
  readonly notes: readonly string[];
}

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const median = ((sorted[Math.floor(middle)] as number) + (sorted[Math.ceil(middle)] as number)) / 2;
  return { median, min: sorted[0] as number, max: sorted.at(-1) as number };
}

/** How many times better we are, by repetition: above 1 is in our favour, whichever way the unit counts. */
export function ratioOf({ ours, theirs, better }: Row): Spread {
  const pairs = ours.map((our, i) => [our, theirs[i] as number] as const);
  return spreadOf(pairs.map(([our, their]) => (better === "more" ? our / their : their / our)));
}

export function isMet(row: Row): boolean | undefined {
  return row.goal === undefined ? undefined : ratioOf(row).median >= row.goal;
}
