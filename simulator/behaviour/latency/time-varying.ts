/** Latencies that change with the time since the run's origin: `ramp`, `sine` and `phases`. */
import { sineOfTurns } from "../../../protocol/exact-math.ts";
import { parseDuration } from "../../../protocol/time.ts";
import type { FormReader } from "../form.ts";
import { type Component, type Marginal, mixed, scaled } from "./marginal.ts";
import { byRank, type FormScope, type LatencyNode } from "./node.ts";
import { lastAtMost } from "./quantile-table.ts";

/**
 * `ramp(from=form, to=form, over=30s, start=10s)`: every quantile moves from one form's to the other's in a straight line, and stays.
 * For forms of one family that is a ramp of their parameters of time.
 */
export function readRamp(reader: FormReader, scope: FormScope): LatencyNode | undefined {
  const from = readNested(reader, scope, "from", 0);
  const to = readNested(reader, scope, "to", 1);
  const over = reader.duration("over", 2);
  const start = reader.duration("start", -1, 0);
  if (reader.problems.length === 0 && over === 0) reader.refuse("over must be above 0s");
  for (const [key, node] of [
    ["from", from],
    ["to", to],
  ] as const) {
    if ((node?.marginal?.never ?? 0) > 0)
      reader.refuse(`${key} may never answer, and there is no half way to that; use phases`);
  }
  if (from === undefined || to === undefined) return undefined;
  scope.mark(start, "ramp begins");
  scope.mark(start + over, "ramp ends");
  const [first, second] = [byRank(from), byRank(to)];
  return {
    value: (u, context, random) => {
      const part = Math.min(1, Math.max(0, (context.at - start) / over));
      if (part === 0) return first.value(u, context, random);
      if (part === 1) return second.value(u, context, random);
      return (1 - part) * first.value(u, context, random) + part * second.value(u, context, random);
    },
    marginal: undefined,
    independent: false,
  };
}

const PHASE_STEPS = 64;

/** `sine(base=form, amplitude=50%, period=60s)`: every delay is multiplied by 1 + amplitude sin(2 pi t / period). */
export function readSine(reader: FormReader, scope: FormScope): LatencyNode | undefined {
  const base = readNested(reader, scope, "base", 0);
  const amplitude = reader.share("amplitude", 1);
  const period = reader.duration("period", 2);
  if (reader.problems.length === 0 && period === 0) reader.refuse("period must be above 0s");
  if (base === undefined) return undefined;
  return {
    value: (u, context, random) => base.value(u, context, random) * (1 + amplitude * sineOfTurns(context.at / period)),
    marginal: base.marginal === undefined ? undefined : overTheCircle(base.marginal, amplitude),
    independent: false,
  };
}

/** Over whole periods: the base at every phase, each as likely as any other. */
function overTheCircle(base: Marginal, amplitude: number): Marginal {
  return mixed(
    Array.from({ length: PHASE_STEPS }, (_, i) => ({
      weight: 1 / PHASE_STEPS,
      marginal: scaled(base, Math.max(1e-9, 1 + amplitude * sineOfTurns((i + 0.5) / PHASE_STEPS))),
    })),
  );
}

/** `phases(0s: form, 10s: form, every=30s)`: each form from its time on; with `every`, from the beginning again after that long. */
export function readPhases(reader: FormReader, scope: FormScope): LatencyNode | undefined {
  const times: number[] = [];
  const nodes: (LatencyNode | undefined)[] = [];
  for (const { head, value } of reader.entries()) {
    const time = parseDuration(head);
    if (time === undefined) reader.refuse(`"${head}:" must be a time such as 10s:`);
    else if (times.length > 0 && time <= (times.at(-1) as number))
      reader.refuse(`${head}: is not after the phase before`);
    times.push(time ?? 0);
    nodes.push(scope.read(value));
    if (times.length > 1 && !reader.has("every")) scope.mark(time ?? 0, value.trim());
  }
  const every = reader.has("every") ? reader.duration("every", -1) : undefined;
  if (times.length === 0) reader.refuse("needs phases, such as 0s: constant(50ms), 10s: never");
  else if (times[0] !== 0) reader.refuse("must begin at 0s:");
  if (every !== undefined && reader.problems.length === 0 && every <= (times.at(-1) as number))
    reader.refuse("every must be after the last phase");
  const known = nodes.filter((node) => node !== undefined);
  if (reader.problems.length > 0 || known.length < nodes.length) return undefined;
  return {
    value: (u, context, random) => {
      const time = every === undefined ? context.at : context.at % every;
      return (known[lastAtMost(times, time)] as LatencyNode).value(u, context, random);
    },
    marginal: every === undefined ? undefined : overThePhases(known, times, every),
    independent: false,
  };
}

function overThePhases(nodes: readonly LatencyNode[], times: readonly number[], every: number): Marginal | undefined {
  const components: Component[] = [];
  for (const [i, { marginal }] of nodes.entries()) {
    if (marginal === undefined) return undefined;
    components.push({ weight: ((times[i + 1] ?? every) - (times[i] as number)) / every, marginal });
  }
  return mixed(components);
}

/** The form given as an argument; undefined when it is absent or wrong, which is then among the problems. */
export function readNested(
  reader: FormReader,
  scope: FormScope,
  key: string,
  position: number,
): LatencyNode | undefined {
  const text = reader.nested(key, position);
  return text === undefined ? undefined : scope.read(text);
}
