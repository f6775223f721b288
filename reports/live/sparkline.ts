/** A row of values as a row of bars, one cell each. */

const BARS = "▁▂▃▄▅▆▇█";

/**
 * The last `cells` values, from 0 at the lowest bar to the greatest of them at the highest; a value that is not there is a gap.
 * Empty when there is no room or nothing to show.
 */
export function sparkline(values: readonly (number | null | undefined)[], cells: number): string {
  const shown = cells <= 0 ? [] : values.slice(-cells);
  const top = Math.max(0, ...shown.map((value) => value ?? 0));
  const bar = (value: number | null | undefined): string => {
    if (value === null || value === undefined) return " ";
    return BARS[top === 0 ? 0 : Math.round((value / top) * (BARS.length - 1))] as string;
  };
  return shown.map(bar).join("");
}

/** A bar of `cells` of which a share is full, to an eighth of a cell. */
export function progressBar(share: number, cells: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * cells * 8);
  const whole = Math.floor(eighths / 8);
  const part = " ▏▎▍▌▋▊▉"[eighths % 8] as string;
  return `${"█".repeat(whole)}${whole < cells ? part : ""}`.padEnd(cells);
}
