/**
 * Whether a device's payload is JSON. It is read leniently, as the original does (contract 6.5): strings in single quotes and bare
 * words pass, an object that never ends does not.
 */

const BARE = /[^\s,:{}[\]'"]+/y;
const SPACE = /\s*/y;
/** Deeper than this is refused; the original would run out of stack. */
const DEEPEST = 512;

export function readsAsJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    const end = lenientValue(text, 0, 0);
    return end !== undefined && skipSpace(text, end) === text.length;
  }
}

/** Index behind the value at `start`, or undefined when there is none. */
function lenientValue(text: string, start: number, depth: number): number | undefined {
  const at = skipSpace(text, start);
  const first = text[at];
  if (first === "{" || first === "[") return depth > DEEPEST ? undefined : lenientMembers(text, at, depth);
  if (first === '"' || first === "'") return lenientString(text, at);
  BARE.lastIndex = at;
  return BARE.test(text) ? BARE.lastIndex : undefined;
}

function lenientMembers(text: string, open: number, depth: number): number | undefined {
  const isObject = text[open] === "{";
  const closing = isObject ? "}" : "]";
  let at = skipSpace(text, open + 1);
  if (text[at] === closing) return at + 1;
  for (;;) {
    if (isObject) {
      const colon = skipSpace(text, lenientValue(text, at, DEEPEST + 1) ?? text.length);
      if (text[colon] !== ":") return undefined;
      at = colon + 1;
    }
    const end = lenientValue(text, at, depth + 1);
    if (end === undefined) return undefined;
    at = skipSpace(text, end);
    if (text[at] === closing) return at + 1;
    if (text[at] !== ",") return undefined;
    at++;
  }
}

function lenientString(text: string, open: number): number | undefined {
  const quote = text[open];
  for (let at = open + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === quote) return at + 1;
  }
  return undefined;
}

function skipSpace(text: string, at: number): number {
  SPACE.lastIndex = at;
  SPACE.test(text);
  return SPACE.lastIndex;
}
