/** Ids in paths, read the way the original server's library reads them (contract 4.3). */

const CANONICAL = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const LENIENT = /^[0-9a-f]+(?:-[0-9a-f]+){4}$/i;
const GROUP_DIGITS = [8, 4, 4, 4, 12] as const;
const LONGEST = 36;

/** The id in its usual form, or undefined when it is none. Short groups pass: `1-2-3-4-5` is an id that nobody has. */
export function readUuid(text: string): string | undefined {
  if (CANONICAL.test(text)) return text;
  if (text.length > LONGEST || !LENIENT.test(text)) return undefined;
  return text
    .toLowerCase()
    .split("-")
    .map((group, i) => group.padStart(GROUP_DIGITS[i] as number, "0").slice(-(GROUP_DIGITS[i] as number)))
    .join("-");
}
