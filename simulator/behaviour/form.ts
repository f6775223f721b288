/**
 * The one short text form of latencies and faults: `name(value, key=value, ...)`, such as `lognormal(p50=40ms, p99=400ms)`.
 * The same in scenario files, flags and reports.
 */
import { type Duration, parseDuration } from "../../protocol/time.ts";

export interface Form {
  readonly name: string;
  /** Arguments in order; a positional one has its position, counted from 0, as key. */
  readonly values: ReadonlyMap<string, string>;
}

/** Why a text was refused, in words for its author. */
export interface FormProblem {
  readonly kind: "problem";
  readonly message: string;
}

export function problem(message: string): FormProblem {
  return { kind: "problem", message };
}

export function isProblem(value: object): value is FormProblem {
  return "kind" in value && value.kind === "problem";
}

/** Splits `name(a, k=v)`; arguments keep their text. */
export function parseForm(text: string): Form | FormProblem {
  const match = /^\s*([a-z_]+)\s*(?:\(([^()]*)\))?\s*$/.exec(text);
  if (match === null) return problem(`expected name(argument, ...), got "${text}"`);
  const values = new Map<string, string>();
  const list = (match[2] ?? "").trim();
  for (const [position, part] of list === "" ? [] : list.split(",").entries()) {
    const [left = "", ...right] = part.split("=");
    const key = right.length === 0 ? String(position) : left.trim();
    const value = (right.length === 0 ? left : right.join("=")).trim();
    if (value === "") return problem(`argument ${position + 1} of ${match[1]} is empty`);
    if (values.has(key)) return problem(`${key} is given twice in ${match[1]}`);
    values.set(key, value);
  }
  return { name: match[1] as string, values };
}

/** Takes named arguments out of a Form and remembers what was wrong, so that every problem is reported at once. */
export class FormReader {
  readonly problems: string[] = [];
  readonly #form: Form;
  readonly #unread: Set<string>;

  constructor(form: Form) {
    this.#form = form;
    this.#unread = new Set(form.values.keys());
  }

  /** A duration argument, by name or by position; without a fallback it is required. */
  duration(key: string, position: number, fallback?: Duration): Duration {
    const text = this.#take(key, position);
    if (text === undefined) return this.#absent(key, "such as 50ms", fallback);
    const value = parseDuration(text);
    if (value === undefined)
      this.problems.push(`${this.#form.name}: ${key} must be a duration such as 50ms, got "${text}"`);
    return value ?? 0;
  }

  /** A share in [0, 1], written as `1%` or `0.01`. */
  share(key: string, position: number, fallback?: number): number {
    const text = this.#take(key, position);
    if (text === undefined) return this.#absent(key, "such as 1%", fallback);
    return this.#shareOf(key, text);
  }

  #shareOf(key: string, text: string): number {
    const match = /^(\d+(?:\.\d+)?)(%?)$/.exec(text.trim());
    const value = match === null ? Number.NaN : Number(match[1]) / (match[2] === "%" ? 100 : 1);
    if (!(value >= 0 && value <= 1)) {
      this.problems.push(`${this.#form.name}: ${key} must be between 0% and 100%, got "${text}"`);
      return 0;
    }
    return value;
  }

  /** A share, or two as `1%..10%`. */
  shares(key: string, position: number, fallback: number): { from: number; to: number } {
    const text = this.#take(key, position);
    if (text === undefined) return { from: fallback, to: fallback };
    const [from = "", to = from] = text.split("..");
    return { from: this.#shareOf(key, from), to: this.#shareOf(key, to) };
  }

  /** One of a few words. */
  choice<T extends string>(key: string, words: readonly T[], fallback: T): T {
    const text = this.#take(key, -1);
    const word = words.find((each) => each === text);
    if (text !== undefined && word === undefined) {
      this.problems.push(`${this.#form.name}: ${key} must be one of ${words.join(", ")}, got "${text}"`);
    }
    return word ?? fallback;
  }

  /** A whole number of at least `least`. */
  count(key: string, position: number, { fallback, least }: { fallback: number; least: number }): number {
    const text = this.#take(key, position);
    if (text === undefined) return fallback;
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= least)) {
      this.problems.push(`${this.#form.name}: ${key} must be a whole number from ${least}, got "${text}"`);
      return fallback;
    }
    return value;
  }

  /** Any text, or undefined when the argument is absent. */
  text(key: string): string | undefined {
    return this.#take(key, -1);
  }

  /** Reports what nobody asked for. */
  finish(known: readonly string[]): void {
    for (const key of this.#unread) {
      const name = /^\d+$/.test(key) ? `argument ${Number(key) + 1}` : key;
      this.problems.push(`${this.#form.name}: ${name} is not one of its arguments (${known.join(", ")})`);
    }
  }

  #take(key: string, position: number): string | undefined {
    const name = this.#form.values.has(key) ? key : String(position);
    this.#unread.delete(name);
    return this.#form.values.get(name);
  }

  #absent(key: string, example: string, fallback: number | undefined): number {
    if (fallback === undefined) this.problems.push(`${this.#form.name}: ${key} is missing (${example})`);
    return fallback ?? 0;
  }
}
