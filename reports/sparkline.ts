/** A course of values as one line of characters. */

const BARS = "▁▂▃▄▅▆▇█";
/** Stands where there is no value. */
const GAP = "·";

/** One character a value, from 0 to the largest; all of them low when that is 0. Values are finite and not negative. */
export function sparkline(values: readonly (number | undefined)[]): string {
  const top = Math.max(0, ...values.map((value) => value ?? 0));
  const bar = (value: number): string =>
    BARS[top === 0 ? 0 : Math.min(BARS.length - 1, Math.floor((value / top) * BARS.length))] as string;
  return values.map((value) => (value === undefined ? GAP : bar(value))).join("");
}
