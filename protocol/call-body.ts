/** The body of a caller's request, cut where it differs between calls of one kind, so that sending one costs a few joins. */
import { NONCE_KEY } from "./nonce.ts";
import { type Duration, MILLISECOND } from "./time.ts";

export interface CallBody {
  /** Up to the index of the Call, which is the tail of its nonce. */
  readonly prefix: string;
  /** What follows the index, and the padding if there is any. */
  readonly suffix: string;
  /** Fills the body to its size; empty: no padding. The longer the index, the less of it is used. */
  readonly padding: string;
}

export interface CallBodyParts {
  readonly method: string;
  readonly params: object;
  readonly timeout: Duration;
  readonly persistent: boolean;
  readonly runTag: string;
  /** Bytes of the whole body; undefined: as many as it takes. */
  readonly size: number | undefined;
  /** True when every Call will carry a requestUUID. */
  readonly keyed: boolean;
}

/** A Call's index has no more digits. */
const MOST_DIGITS = 10;
const PADDING = '","padding":"';
const KEY = ',"requestUUID":"';
const UUID_CHARACTERS = 36;

/** The body of such calls, or the least size it can be filled to when `size` is less. */
export function callBody(parts: CallBodyParts): CallBody | { readonly least: number } {
  const { method, params, timeout, persistent, runTag, size, keyed } = parts;
  const members = JSON.stringify(params).slice(1, -1);
  const head = `{"method":${JSON.stringify(method)},"timeout":${timeout / MILLISECOND},${persistent ? '"persistent":true,' : ""}`;
  const prefix = `${head}"params":{${members === "" ? "" : `${members},`}"${NONCE_KEY}":"${runTag}-`;
  const suffix = '"}}';
  if (size === undefined) return { prefix, suffix, padding: "" };
  const key = keyed ? KEY.length + UUID_CHARACTERS + 1 : 0;
  const bare = utf8Bytes(prefix) + PADDING.length + suffix.length + key;
  const least = bare + MOST_DIGITS;
  return size < least ? { least } : { prefix, suffix, padding: "x".repeat(size - bare) };
}

/** The body of one Call; `key`, its requestUUID, is left out when empty. */
export function bodyText({ prefix, suffix, padding }: CallBody, index: string, key = ""): string {
  const filled = padding === "" ? "" : PADDING + padding.slice(index.length);
  if (key === "") return prefix + index + filled + suffix;
  return `${prefix}${index}${filled}${suffix.slice(0, -1)}${KEY}${key}"}`;
}

/** A requestUUID for a Call of a run, in the form of a random UUID; the run's tag is eight hexadecimal digits. */
export function requestKey(runTag: string, call: number): string {
  return `${runTag}-0000-4000-8000-${call.toString(16).padStart(12, "0")}`;
}

function utf8Bytes(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}
