/** The request id in a topic or a path: a 32-bit integer (contract 6.4, 9.1). */

const LARGEST_ID = 2 ** 31 - 1;

/** The id that `text` is; undefined when it is none. */
export function readRequestId(text: string): number | undefined {
  if (!/^-?\d{1,10}$/.test(text)) return undefined;
  const id = Number(text);
  return id >= -LARGEST_ID - 1 && id <= LARGEST_ID ? id : undefined;
}
