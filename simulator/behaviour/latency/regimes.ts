/**
 * `regimes(good: form for 60s, bad: form for 5s then good 90% | outage 10%, outage: never for 1s)`: a device is in one regime at a time,
 * and each regime has its own latency. A stay lasts `for` a mean (exponential), or for a form such as `constant(5s)`. After it comes
 * the regime written next, the first after the last, or one drawn after `then`.
 *
 * Stays and successions are drawn in time and per device, never per request: traffic moves no regime. A device begins in a regime
 * drawn by the shares of time they have, so that a fleet does not march in step.
 */
import { PURPOSE, type RandomStream } from "../../../protocol/random.ts";
import { parseDuration } from "../../../protocol/time.ts";
import { type FormReader, parseShare } from "../form.ts";
import { type Marginal, mixed } from "./marginal.ts";
import type { FormScope, LatencyNode } from "./node.ts";
import { percent } from "./truncation.ts";

interface Regime {
  readonly name: string;
  readonly node: LatencyNode;
  readonly dwell: Marginal;
  /** Chance of each regime to be the next, in order; they add up to 1. */
  next: readonly number[];
}

interface Stay {
  /** How many stays there were before. */
  count: number;
  regime: number;
  from: number;
  until: number;
}

/** A stay is never shorter, so that a chain of empty ones cannot stop the clock. */
const SHORTEST_STAY = 1;

export function readRegimes(reader: FormReader, scope: FormScope): LatencyNode | undefined {
  const place = scope.place("regimes");
  const names = reader.entries().map(({ head }) => head);
  if (names.length < 2)
    reader.refuse("needs two regimes or more, such as good: constant(50ms) for 60s, bad: never for 2s");
  for (const [i, name] of names.entries()) if (names.indexOf(name) < i) reader.refuse(`${name}: is given twice`);
  const regimes = reader.entries().map(({ head, value }, index) => {
    const match = /^(.*\S)\s+for\s+(.*?)(?:\s+then\s+(.*))?$/s.exec(value);
    if (match === null) {
      reader.refuse(`${head}: must be a latency and how long it lasts, such as constant(50ms) for 60s`);
      return undefined;
    }
    const node = scope.read(match[1] as string);
    const dwell = readDwell(reader, scope, match[2] as string);
    const next = readNext(reader, match[3], names, index);
    return node === undefined || dwell === undefined ? undefined : { name: head, node, dwell, next };
  });
  const known = regimes.filter((regime) => regime !== undefined);
  if (reader.problems.length > 0 || known.length < regimes.length) return undefined;
  const shares = sharesOfTime(known);
  scope.tell("regimes", known.map(({ name }, i) => `${name} ${percent(shares[i] as number)} of the time`).join(", "));
  return chain(known, shares, place);
}

/** A mean, or a form. */
function readDwell(reader: FormReader, scope: FormScope, text: string): Marginal | undefined {
  const node = scope.read(parseDuration(text) === undefined ? text : `exponential(mean=${text})`);
  const marginal = node?.independent === true ? node.marginal : undefined;
  if (node !== undefined && (marginal === undefined || marginal.never > 0 || !(marginal.mean() > 0)))
    reader.refuse(`a stay must have a length, got "${text}"`);
  return marginal;
}

/** `bad 90% | outage 10%`; without it, the regime after this one. */
function readNext(reader: FormReader, text: string | undefined, names: readonly string[], index: number): number[] {
  const chances = names.map(() => 0);
  if (text === undefined) {
    chances[(index + 1) % names.length] = 1;
    return chances;
  }
  for (const part of text.split("|")) {
    const [, name = "", share = "100%"] = /^\s*([\w-]+)(?:\s+(\S+))?\s*$/.exec(part) ?? [];
    const chance = parseShare(share);
    if (!names.includes(name) || chance === undefined)
      reader.refuse(`after "then" comes a regime and its share, such as ${names[0]} 90%, got "${part.trim()}"`);
    else chances[names.indexOf(name)] = chance;
  }
  const sum = chances.reduce((total, chance) => total + chance, 0);
  if (reader.problems.length === 0 && Math.abs(sum - 1) > 1e-9)
    reader.refuse(`the shares after "then" must add up to 100%, not ${percent(sum)}`);
  return chances;
}

const SETTLING = 10_000;

/** Long-run share of time in each regime: how often it is entered times how long a stay lasts. */
function sharesOfTime(regimes: readonly Regime[]): number[] {
  let visits = regimes.map(() => 1 / regimes.length);
  // Half of each step stays where it was: a cycle would never settle otherwise.
  for (let step = 0; step < SETTLING; step++) {
    visits = visits.map((own, to) => {
      let incoming = 0;
      for (const [from, { next }] of regimes.entries()) incoming += (visits[from] as number) * (next[to] as number);
      return (own + incoming) / 2;
    });
  }
  const times = regimes.map(({ dwell }, i) => (visits[i] as number) * dwell.mean());
  const total = times.reduce((sum, time) => sum + time, 0);
  return times.map((time) => time / total);
}

function chain(regimes: readonly Regime[], shares: readonly number[], place: number): LatencyNode {
  const stays = new Map<number, Stay>();
  const enter = (stay: Stay, device: number, random: RandomStream): void => {
    const chances = stay.count === 0 ? shares : (regimes[stay.regime] as Regime).next;
    stay.regime = choose(chances, random.seek(device, PURPOSE.regimeNext, stay.count, place).uniform());
    const { dwell } = regimes[stay.regime] as Regime;
    const u = random.seek(device, PURPOSE.regimeDwell, stay.count, place).uniform();
    stay.from = stay.until;
    stay.until += Math.max(SHORTEST_STAY, dwell.quantile(u));
    stay.count++;
  };
  const marginals = regimes.map(({ node }) => node.marginal).filter((marginal) => marginal !== undefined);
  return {
    value: (u, context, random) => {
      let stay = stays.get(context.device);
      // A clock that was set back begins the course anew: where a device is depends on the time alone.
      if (stay === undefined || context.at < stay.from) {
        stay = { count: 0, regime: 0, from: 0, until: 0 };
        stays.set(context.device, stay);
        enter(stay, context.device, random);
      }
      while (context.at >= stay.until) enter(stay, context.device, random);
      return (regimes[stay.regime] as Regime).node.value(u, context, random);
    },
    marginal:
      marginals.length < regimes.length
        ? undefined
        : mixed(marginals.map((marginal, i) => ({ weight: shares[i] as number, marginal }))),
    independent: false,
  };
}

function choose(chances: readonly number[], u: number): number {
  let left = u;
  let choice = 0;
  for (const [i, chance] of chances.entries()) {
    if (chance === 0) continue;
    choice = i;
    left -= chance;
    if (left < 0) break;
  }
  return choice;
}
