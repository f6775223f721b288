/**
 * How long a device takes: read from a short text form and drawn in whole microseconds, by inverse transform and by exact arithmetic,
 * so that a seed means the same delays on every machine. latency/menu.ts lists the forms, docs/latency.md explains them.
 */
import { PURPOSE, type RandomStream } from "../../protocol/random.ts";
import type { Duration } from "../../protocol/time.ts";
import { type FormProblem, FormReader, isProblem, parseForm, problem } from "./form.ts";
import type { Marginal } from "./latency/marginal.ts";
import { LATENCY_MENU } from "./latency/menu.ts";
import { type FormScope, independent, type LatencyContext, type LatencyNode } from "./latency/node.ts";
import { TRUNCATION_ARGUMENTS, truncate } from "./latency/truncation.ts";

/** Something about a form that its author would want to know: what was solved, cut off or repeated. */
export interface LatencyFact {
  readonly name: string;
  readonly text: string;
}

/** One cohort's latency; what it remembers, it remembers per device. */
export interface Latency {
  /** The text it was read from. */
  readonly text: string;
  /** Whole microseconds the device takes; undefined: it never answers. Requests of a device are drawn in the order of arrival. */
  draw(context: LatencyContext, random: RandomStream): Duration | undefined;
  /** The distribution of the delays over the fleet and a long time, where it can be computed. */
  readonly marginal: Marginal | undefined;
  readonly facts: readonly LatencyFact[];
  /** When the devices begin to behave in another way; empty when they always behave alike. */
  readonly marks: readonly LatencyMark[];
}

export interface LatencyMark {
  /** Since the run's origin. */
  readonly at: Duration;
  readonly text: string;
}

/** Reads a latency form; the problem names everything that is wrong with it. `timeout` is the Call's effective timeout. */
export function parseLatency(text: string, timeout?: Duration): Latency | FormProblem {
  const reading = new Reading(timeout);
  const root = reading.read(text);
  if (root === undefined || reading.problems.length > 0) return problem(reading.problems.join("; "));
  const draw = (context: LatencyContext, random: RandomStream): Duration | undefined => {
    const u = random.seek(context.device, PURPOSE.latency, context.key).uniform();
    const delay = Math.round(root.value(u, context, random));
    return delay <= Number.MAX_SAFE_INTEGER ? delay : undefined;
  };
  return { text, draw, marginal: root.marginal, facts: reading.facts, marks: reading.marks };
}

const DEEPEST = 20;

/** One text on its way to a tree of nodes. */
class Reading implements FormScope {
  readonly problems: string[] = [];
  readonly facts: LatencyFact[] = [];
  readonly marks: LatencyMark[] = [];
  readonly timeout: Duration | undefined;
  readonly #places = new Map<string, number>();
  #depth = 0;

  constructor(timeout: Duration | undefined) {
    this.timeout = timeout;
  }

  read(text: string): LatencyNode | undefined {
    if (this.#depth === DEEPEST) {
      this.problems.push(`more than ${DEEPEST} forms within each other`);
      return undefined;
    }
    this.#depth++;
    const node = this.#readForm(text);
    this.#depth--;
    return node;
  }

  place(name: string): number {
    const place = this.#places.get(name) ?? 0;
    this.#places.set(name, place + 1);
    return place;
  }

  tell(name: string, text: string): void {
    this.facts.push({ name, text });
  }

  mark(at: Duration, text: string): void {
    this.marks.push({ at, text });
  }

  silent(): FormScope {
    return new Reading(this.timeout);
  }

  #readForm(text: string): LatencyNode | undefined {
    const form = parseForm(text);
    if (isProblem(form)) {
      this.problems.push(form.message);
      return undefined;
    }
    const kind = LATENCY_MENU.get(form.name);
    if (kind === undefined) {
      this.problems.push(unknownForm(form.name));
      return undefined;
    }
    const reader = new FormReader(form);
    const node = kind.read(reader, this);
    const cut = kind.truncates ? this.#truncate(node, reader) : node;
    reader.finish(kind.arguments);
    this.problems.push(...reader.problems);
    return reader.problems.length > 0 ? undefined : cut;
  }

  #truncate(node: LatencyNode | undefined, reader: FormReader): LatencyNode | undefined {
    if (!TRUNCATION_ARGUMENTS.some((argument) => reader.has(argument))) return node;
    if (node !== undefined && !(node.independent && node.marginal !== undefined)) {
      reader.refuse("cannot be cut off as a whole; cut off the forms in it");
      return undefined;
    }
    // The rules are read even when the form is wrong, so that what is wrong with them is said as well.
    const marginal = truncate(node?.marginal ?? NOTHING, reader, this);
    return node === undefined ? undefined : independent(marginal);
  }
}

function unknownForm(name: string): string {
  if (name === "empirical") return "empirical: its file is read before a run, and has not been";
  return `unknown latency "${name}", expected one of ${[...LATENCY_MENU.keys(), "empirical"].join(", ")}`;
}

const NOTHING: Marginal = { quantile: () => 0, cdf: () => 1, mean: () => 0, never: 0 };
