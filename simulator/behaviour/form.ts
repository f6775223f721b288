/**
 * The one short text form of latencies and faults: `name(value, key=value, head: value, ...)`, such as
 * `lognormal(p50=40ms, p99=400ms)`. A value may be a form itself: `mixture(95%: constant(50ms), 5%: never)`. The same in scenario
 * files, flags and reports.
 */
import { type Duration, parseDuration } from "../../protocol/time.ts";

export interface Form {
  readonly name: string;
  /** Arguments in order; a positional one has its position, counted from 0, as key. */
  readonly values: ReadonlyMap<string, string>;
  /** Arguments written `head: value`, in order; heads may repeat. */
  readonly entries: readonly FormEntry[];
}

export interface FormEntry {
  readonly head: string;
  readonly value: string;
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

/** Splits `name(a, k=v, h: w)`; arguments keep their text, forms within forms included. */
export function parseForm(text: string): Form | FormProblem {
  const match = /^\s*([a-z_]+)\s*(?:\((.*)\))?\s*$/s.exec(text);
  const parts = match === null ? undefined : splitOutside(match[2] ?? "", ",");
  if (match === null || parts === undefined) return problem(`expected name(argument, ...), got "${text}"`);
  const [, name = ""] = match;
  const values = new Map<string, string>();
  const entries: FormEntry[] = [];
  for (const [position, part] of parts.length === 1 && parts[0]?.trim() === "" ? [] : parts.entries()) {
    const [, head, sign, rest] = /^\s*([\w.%-]+)\s*([=:])(.*)$/s.exec(part) ?? [];
    const value = (rest ?? part).trim();
    if (value === "") return problem(`argument ${position + 1} of ${name} is empty`);
    if (sign === ":") {
      entries.push({ head: head as string, value });
      continue;
    }
    const key = head ?? String(position);
    if (values.has(key)) return problem(`${key} is given twice in ${name}`);
    values.set(key, value);
  }
  return { name, values, entries };
}

/** A Form as text again. */
export function formatForm({ name, values, entries }: Form): string {
  const named = [...values].map(([key, value]) => (/^\d+$/.test(key) ? value : `${key}=${value}`));
  return `${name}(${[...named, ...entries.map(({ head, value }) => `${head}: ${value}`)].join(", ")})`;
}

const CLOSING: ReadonlyMap<string, string> = new Map([
  ["(", ")"],
  ["[", "]"],
  ["{", "}"],
]);

/** Splits at a character outside of brackets and quotes; undefined when those do not match up. */
function splitOutside(text: string, separator: string): string[] | undefined {
  const parts: string[] = [];
  const open: string[] = [];
  let quoted = false;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text[i] as string;
    if (quoted) {
      if (character === "\\") i++;
      else quoted = character !== '"';
      continue;
    }
    const closing = CLOSING.get(character);
    if (character === '"') quoted = true;
    else if (closing !== undefined) open.push(closing);
    else if (character === ")" || character === "]" || character === "}") {
      if (open.pop() !== character) return undefined;
    } else if (character === separator && open.length === 0) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  if (open.length > 0 || quoted) return undefined;
  parts.push(text.slice(start));
  return parts;
}

/** `1%` or `0.01`, undefined for anything else; not confined to [0, 1]. */
export function parseShare(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(%?)$/.exec(text);
  return match === null ? undefined : Number(match[1]) / (match[2] === "%" ? 100 : 1);
}

/** What a number may be, in [least, most]; with `open`, the ends are not allowed themselves. */
export interface NumberRule {
  readonly least: number;
  readonly most: number;
  readonly open?: boolean;
}

/** Takes named arguments out of a Form and remembers what was wrong, so that every problem is reported at once. */
export class FormReader {
  readonly problems: string[] = [];
  readonly #form: Form;
  readonly #unread: Set<string>;
  #entriesRead = false;

  constructor(form: Form) {
    this.#form = form;
    this.#unread = new Set(form.values.keys());
  }

  get name(): string {
    return this.#form.name;
  }

  /** True when the argument was given, by name or by position. */
  has(key: string, position = -1): boolean {
    return this.#form.values.has(key) || this.#form.values.has(String(position));
  }

  /** A duration argument, by name or by position; without a fallback it is required. */
  duration(key: string, position: number, fallback?: Duration): Duration {
    const text = this.#take(key, position);
    if (text === undefined) return this.#absent(key, "such as 50ms", fallback);
    const value = parseDuration(text);
    if (value === undefined) this.refuse(`${key} must be a duration such as 50ms, got "${text}"`);
    return value ?? 0;
  }

  /** A share in [0, 1], written as `1%` or `0.01`. */
  share(key: string, position: number, fallback?: number): number {
    const text = this.#take(key, position);
    if (text === undefined) return this.#absent(key, "such as 1%", fallback);
    return this.#shareOf(key, text);
  }

  /** A share, or two as `1%..10%`. */
  shares(key: string, position: number, fallback: number): { from: number; to: number } {
    const text = this.#take(key, position);
    if (text === undefined) return { from: fallback, to: fallback };
    const [from = "", to = from] = text.split("..");
    return { from: this.#shareOf(key, from), to: this.#shareOf(key, to) };
  }

  #shareOf(key: string, text: string): number {
    const value = parseShare(text.trim()) ?? Number.NaN;
    if (value >= 0 && value <= 1) return value;
    this.refuse(`${key} must be between 0% and 100%, got "${text}"`);
    return 0;
  }

  /** A plain number within a rule. */
  number(key: string, position: number, { least, most, open = false }: NumberRule, fallback?: number): number {
    const text = this.#take(key, position);
    if (text === undefined) return this.#absent(key, `a number from ${least} to ${most}`, fallback);
    const value = /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    if (open ? value > least && value < most : value >= least && value <= most) return value;
    this.refuse(
      `${key} must be a number ${open ? `above ${least} and below ${most}` : `from ${least} to ${most}`}, got "${text}"`,
    );
    return least;
  }

  /** A whole number of at least `least`; without a fallback it is required. */
  count(key: string, position: number, rule: { least: number; most?: number; fallback?: number }): number {
    const { least, most = 999_999_999, fallback } = rule;
    const text = this.#take(key, position);
    if (text === undefined) return this.#absent(key, `a whole number from ${least}`, fallback);
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    const upTo = rule.most === undefined ? "" : ` to ${most}`;
    this.refuse(`${key} must be a whole number from ${least}${upTo}, got "${text}"`);
    return fallback ?? least;
  }

  /** One of a few words; without a fallback, undefined when the argument is absent. */
  choice<T extends string>(key: string, words: readonly T[], fallback: T): T;
  choice<T extends string>(key: string, words: readonly T[]): T | undefined;
  choice<T extends string>(key: string, words: readonly T[], fallback?: T): T | undefined {
    const text = this.#take(key, -1);
    const word = words.find((each) => each === text);
    if (text !== undefined && word === undefined)
      this.refuse(`${key} must be one of ${words.join(", ")}, got "${text}"`);
    return word ?? fallback;
  }

  /** Any text, or undefined when the argument is absent. */
  text(key: string, position = -1): string | undefined {
    return this.#take(key, position);
  }

  /** The text of a form within this one. */
  nested(key: string, position: number): string | undefined {
    const text = this.#take(key, position);
    if (text === undefined) this.#absent(key, "a latency such as lognormal(p50=40ms, p99=400ms)", undefined);
    return text;
  }

  /** The arguments written `head: value`. */
  entries(): readonly FormEntry[] {
    this.#entriesRead = true;
    return this.#form.entries;
  }

  /** All arguments whose names match, in order, as `[name, text]`. */
  matching(pattern: RegExp): (readonly [string, string])[] {
    const found = [...this.#form.values].filter(([key]) => pattern.test(key) && !/^\d+$/.test(key));
    for (const [key] of found) this.#unread.delete(key);
    return found;
  }

  /** Remembers what is wrong with this form. */
  refuse(what: string): void {
    this.problems.push(`${this.#form.name}: ${what}`);
  }

  /** Reports what nobody asked for. */
  finish(known: readonly string[]): void {
    const heads = this.#entriesRead ? [] : this.#form.entries.map(({ head }) => `${head}:`);
    for (const key of [...this.#unread, ...heads]) {
      const name = /^\d+$/.test(key) ? `argument ${Number(key) + 1}` : key;
      const expected = known.length === 0 ? "it takes none" : known.join(", ");
      this.refuse(`${name} is not one of its arguments (${expected})`);
    }
  }

  #take(key: string, position: number): string | undefined {
    const name = this.#form.values.has(key) ? key : String(position);
    this.#unread.delete(name);
    return this.#form.values.get(name);
  }

  #absent(key: string, example: string, fallback: number | undefined): number {
    if (fallback === undefined) this.refuse(`${key} is missing (${example})`);
    return fallback ?? 0;
  }
}
