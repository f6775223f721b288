/** How well a caller keeps an even schedule, seen from the target. */

export interface Lateness {
  /** Microseconds. */
  readonly p50: number;
  readonly p99: number;
}

/**
 * How much later than an even schedule of `rate` calls a second each one came. The schedule begins where no call is early, so a
 * caller that sends in bursts is late with all but the first of each. `arrivalsMs` ascends.
 */
export function latenessOf(arrivalsMs: readonly number[], rate: number): Lateness {
  const offsets = arrivalsMs.map((at, call) => at - (call * 1_000) / rate);
  const earliest = offsets.reduce((least, offset) => Math.min(least, offset), Number.POSITIVE_INFINITY);
  const late = offsets.map((offset) => (offset - earliest) * 1_000).sort((a, b) => a - b);
  const at = (p: number): number => late[Math.max(0, Math.ceil(p * late.length) - 1)] ?? 0;
  return { p50: at(0.5), p99: at(0.99) };
}
