/** Latencies as the tests of this folder ask for them: read without fuss, drawn many times. */
import { RandomStream, seedFrom } from "../../../protocol/random.ts";
import { SECOND } from "../../../protocol/time.ts";
import { isProblem } from "../form.ts";
import { type Latency, parseLatency } from "../latency.ts";
import type { Marginal } from "./marginal.ts";
import type { LatencyContext } from "./node.ts";

export const TIMEOUT = 10 * SECOND;

export function latency(text: string, timeout = TIMEOUT): Latency {
  const parsed = parseLatency(text, timeout);
  if (isProblem(parsed)) throw new Error(parsed.message);
  return parsed;
}

export function marginalOf(text: string, timeout = TIMEOUT): Marginal {
  const { marginal } = latency(text, timeout);
  if (marginal === undefined) throw new Error(`${text} has no known distribution`);
  return marginal;
}

/** Delays of successive requests, Infinity for silence. `where` says which request the i-th is; by default all are device 0's, at 0. */
export function drawMany(
  text: string,
  count: number,
  { seed = "7", where = () => ({}) }: { seed?: string; where?: (i: number) => Partial<LatencyContext> } = {},
): number[] {
  const random = new RandomStream(seedFrom(seed));
  const drawn = latency(text);
  return Array.from(
    { length: count },
    (_, key) =>
      drawn.draw({ device: 0, key, ordinal: key + 1, at: 0, ...where(key) }, random) ?? Number.POSITIVE_INFINITY,
  );
}
