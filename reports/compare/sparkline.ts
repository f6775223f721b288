/** A row of values as one line of blocks. */

const LEVELS = [..."▁▂▃▄▅▆▇█"];

/** One block a value between the smallest and the largest; values that are alike are in the middle, a missing one is a space. */
export function sparkline(values: readonly (number | null)[]): string {
  const known = values.filter((value) => value !== null);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  return values
    .map((value) => {
      if (value === null) return " ";
      const height = high === low ? 0.5 : (value - low) / (high - low);
      return LEVELS[Math.round(height * (LEVELS.length - 1))] as string;
    })
    .join("");
}
