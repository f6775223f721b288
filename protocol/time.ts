/**
 * Time below the drivers: whole microseconds, always an argument, never read from a clock.
 * A double holds integer microseconds exactly for 285 years; nanoseconds would overflow after 104 days.
 */

/** A point on a monotonic axis, in whole microseconds. Which axis is the driver's choice; instants of two axes never mix. */
export type Instant = number;

/** A span of time, in whole microseconds. */
export type Duration = number;

export const MILLISECOND: Duration = 1_000;
export const SECOND: Duration = 1_000_000;
export const MINUTE: Duration = 60 * SECOND;
export const HOUR: Duration = 60 * MINUTE;

const UNIT_US: Readonly<Record<string, Duration>> = { us: 1, ms: MILLISECOND, s: SECOND, m: MINUTE, h: HOUR };

/**
 * Reads `50ms`, `1.5s`, `250us`, `2m`, `1h` as a duration in microseconds, rounded to a whole one.
 * Returns undefined for anything else; a unit is required, so that `5` is never taken for the wrong one.
 */
export function parseDuration(text: string): Duration | undefined {
  const match = /^(\d+(?:\.\d+)?)(us|ms|s|m|h)$/.exec(text.trim());
  if (match === null) return undefined;
  const unit = UNIT_US[match[2] as string] as Duration;
  return Math.round(Number(match[1]) * unit);
}

/** Writes a duration in the largest unit that keeps at most three decimals: `50ms`, `1.5s`, `2m`. */
export function formatDuration(duration: Duration): string {
  const trim = (value: number): string => String(Math.round(value * 1000) / 1000);
  if (duration >= HOUR && duration % MINUTE === 0) return `${trim(duration / HOUR)}h`;
  if (duration >= MINUTE && duration % SECOND === 0) return `${trim(duration / MINUTE)}m`;
  if (duration >= SECOND) return `${trim(duration / SECOND)}s`;
  if (duration >= MILLISECOND) return `${trim(duration / MILLISECOND)}ms`;
  return `${trim(duration)}us`;
}
