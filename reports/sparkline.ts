/** A course of values as one line of bars, a character each. */

const BARS = "▁▂▃▄▅▆▇█";

type Value = number | null | undefined;

export interface SparklineOptions {
  /** What the lowest bar stands for: 0, so that heights compare, or the least value, so that changes show. */
  readonly from?: "zero" | "least";
  /** Stands where there is no value. */
  readonly gap?: string;
  /** Only the last so many values; all of them when it is not said, none when there is no room. */
  readonly cells?: number;
}

/**
 * The greatest value has the highest bar. Values that are all alike are in the middle when the scale begins with the least, and
 * zeros alone are low. Values are finite, and not negative when the scale begins with 0.
 */
export function sparkline(values: readonly Value[], options: SparklineOptions = {}): string {
  const { from = "zero", gap = " ", cells = values.length } = options;
  const shown = cells <= 0 ? [] : values.slice(-cells);
  const known = shown.filter((value) => typeof value === "number");
  const most = Math.max(...known);
  const least = from === "zero" ? 0 : Math.min(...known);
  const alike = from === "zero" ? 0 : 0.5;
  const bar = (value: number): string => {
    const height = most === least ? alike : (value - least) / (most - least);
    return BARS[Math.round(height * (BARS.length - 1))] as string;
  };
  return shown.map((value) => (typeof value === "number" ? bar(value) : gap)).join("");
}
