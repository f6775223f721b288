/** A set of whole numbers as text: `3`, `1|3|5`, `10..20`, or a mixture. */
export type NumberSet = readonly (readonly [from: number, to: number])[];

const PART = /^(\d{1,9})(?:\.\.(\d{1,9}))?$/;

/** Undefined when the text is none, or a number lies below `least`. */
export function readNumberSet(text: string, least: number): NumberSet | undefined {
  const parts: [number, number][] = [];
  for (const part of text.split("|")) {
    const match = PART.exec(part.trim());
    if (match === null) return undefined;
    const from = Number(match[1]);
    const to = match[2] === undefined ? from : Number(match[2]);
    if (from < least || to < from) return undefined;
    parts.push([from, to]);
  }
  return parts;
}

export function inNumberSet(set: NumberSet, number: number): boolean {
  return set.some(([from, to]) => number >= from && number <= to);
}
