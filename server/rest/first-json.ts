/**
 * JSON text handled the way the original server does: parsing stops after the first complete value, so `12 apples` is 12
 * (contract 4.2, 4.5), and what is passed on keeps its digits, because a number beyond 2^53 does not survive JavaScript.
 */
import { type Json, parseJson } from "../../protocol/message.ts";

export interface FirstJson {
  readonly value: Json;
  /** The value's own text. */
  readonly text: string;
}

/** The first JSON value of `text`, or undefined when it does not begin with one. */
export function readFirstJson(text: string): FirstJson | undefined {
  const whole = parseJson(text);
  if (whole !== undefined) return { value: whole, text };
  const start = skipSpace(text, 0);
  const end = endOfValue(text, start);
  if (end === undefined || end === text.length) return undefined;
  // `12apples` is one bad word, `12 apples` a number and more.
  if (/[\w.+-]/.test(text[end] as string) && /[\w.]/.test(text[end - 1] as string)) return undefined;
  const first = text.slice(start, end);
  const value = parseJson(first);
  return value === undefined ? undefined : { value, text: first };
}

/** `text`, which is valid JSON, without the white space between its tokens; every number keeps its digits. */
export function compactJson(text: string): string {
  return /\s/.test(text) ? text.replace(/("(?:[^"\\]|\\.)*")|\s+/g, "$1") : text;
}

/** The text of one member of `text`, which is a valid JSON object; undefined when there is none of that name. */
export function memberText(text: string, name: string): string | undefined {
  return memberTexts(text).get(name);
}

/** The texts of all members of `text`, which is a valid JSON object, by their names; the last one of a name wins. */
export function memberTexts(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  let at = skipSpace(text, skipSpace(text, 0) + 1);
  while (text[at] === '"') {
    const keyEnd = endOfValue(text, at) as number;
    const valueStart = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const valueEnd = endOfValue(text, valueStart) as number;
    found.set(JSON.parse(text.slice(at, keyEnd)) as string, text.slice(valueStart, valueEnd));
    const next = skipSpace(text, valueEnd);
    if (text[next] !== ",") break;
    at = skipSpace(text, next + 1);
  }
  return found;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && /\s/.test(text[at] as string)) at++;
  return at;
}

/** One past the last character of the value that starts at `start`; undefined when it does not end. */
function endOfValue(text: string, start: number): number | undefined {
  const first = text[start];
  if (first === '"') return endOfString(text, start);
  if (first !== "{" && first !== "[") {
    const word = /^[\w.+-]+/.exec(text.slice(start, start + 400));
    return word === null ? undefined : start + word[0].length;
  }
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const char = text[at];
    if (char === "{" || char === "[") depth++;
    else if ((char === "}" || char === "]") && --depth === 0) return at + 1;
    else if (char === '"') {
      const end = endOfString(text, at);
      if (end === undefined) return undefined;
      at = end - 1;
    }
  }
  return undefined;
}

function endOfString(text: string, start: number): number | undefined {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === '"') return at + 1;
  }
  return undefined;
}
