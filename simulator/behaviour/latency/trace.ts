/**
 * `trace(0s: 12ms, 500ms: 15ms, loop=60s)`: a recorded course of delays, replayed. A request gets the delay that was in force at its
 * arrival, and after `loop` the course begins again, for every device at the same time. With `block=5s` each device strings
 * blocks of that length together whose beginnings are drawn: the course keeps its bursts, and no two devices share them.
 */
import { PURPOSE } from "../../../protocol/random.ts";
import { formatDuration, parseDuration, SECOND } from "../../../protocol/time.ts";
import type { FormReader } from "../form.ts";
import { finiteMarginal, type Marginal } from "./marginal.ts";
import type { FormScope, LatencyNode } from "./node.ts";
import { lastAtMost } from "./quantile-table.ts";

export function readTrace(reader: FormReader, scope: FormScope): LatencyNode | undefined {
  const place = scope.place("trace");
  const times: number[] = [];
  const delays: number[] = [];
  for (const { head, value } of reader.entries()) {
    const time = parseDuration(head);
    const delay = parseDuration(value);
    if (time === undefined || delay === undefined) reader.refuse(`expected time: delay, got "${head}: ${value}"`);
    else if (times.length > 0 && time <= (times.at(-1) as number))
      reader.refuse(`${head}: is not after the time before`);
    times.push(time ?? 0);
    delays.push(delay ?? 0);
  }
  const loop = reader.duration("loop", -1);
  const block = reader.has("block") ? reader.duration("block", -1) : undefined;
  if (times.length === 0) reader.refuse("needs entries, such as 0s: 12ms, 500ms: 15ms");
  else if (times[0] !== 0) reader.refuse("must begin at 0s:");
  if (reader.problems.length === 0 && loop <= (times.at(-1) as number))
    reader.refuse("loop must be after the last entry");
  if (block === 0) reader.refuse("block must be above 0s");
  if (reader.problems.length > 0) return undefined;
  const how = block === undefined ? "repeated after" : `in blocks of ${formatDuration(block)} out of`;
  // Whole seconds and their decimals: minutes would be rounded.
  scope.tell("loop", `${times.length} entries, ${how} ${loop / SECOND} s`);
  const at = (time: number): number => delays[lastAtMost(times, time)] as number;
  return {
    value: (_, context, random) => {
      if (block === undefined) return at(context.at % loop);
      const slice = Math.floor(context.at / block);
      const begin = random.seek(context.device, PURPOSE.traceBlock, slice, place).uniform() * loop;
      return at((begin + (context.at - slice * block)) % loop);
    },
    marginal: shareOfTime(times, delays, loop),
    independent: false,
  };
}

/** Each delay weighs as much as the time for which it was in force. */
function shareOfTime(times: readonly number[], delays: readonly number[], loop: number): Marginal {
  const steps = delays
    .map((delay, i) => ({ delay, weight: ((times[i + 1] ?? loop) - (times[i] as number)) / loop }))
    .sort((a, b) => a.delay - b.delay);
  let sum = 0;
  const shares = steps.map(({ weight }) => (sum += weight));
  const sorted = steps.map(({ delay }) => delay);
  return finiteMarginal(
    (u) => sorted[Math.min(sorted.length - 1, shares.findIndex((share) => share >= u) >>> 0)] as number,
    (t) => (t < (sorted[0] as number) ? 0 : (shares[lastAtMost(sorted, t)] as number)),
    () => steps.reduce((total, { delay, weight }) => total + weight * delay, 0),
  );
}
