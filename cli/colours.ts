/** Whether a stream is to have colours: a terminal, unless the user asked for none (https://no-color.org: NO_COLOR set and not empty). */
export function hasColours(stream: { readonly isTTY?: boolean }): boolean {
  const { NO_COLOR = "" } = process.env;
  return stream.isTTY === true && NO_COLOR === "";
}
