/** Texts that people wrote, such as a scenario's name or a Gate, on their way into a format that is read line by line. */

/** Marks that turn the direction of what follows, with which a text can read as something that it is not. */
const DIRECTION_MARKS = /[\u202a-\u202e\u2066-\u2069]/g;

/**
 * A copy in which every text is one line of printable characters: line breaks and tabs become a space, other control characters
 * `?`. So no text can colour a terminal, begin a line that a build server takes for a command, or end a table row.
 */
export function plainStrings<T>(value: T): T {
  if (typeof value === "string") return plain(value) as T;
  if (Array.isArray(value)) return value.map(plainStrings) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plainStrings(member)])) as T;
}

function plain(text: string): string {
  return text
    .replace(/[\t\r\n\u2028\u2029]+/g, " ")
    .replace(/\p{Cc}/gu, "?")
    .replace(DIRECTION_MARKS, "?");
}
