import { once } from "node:events";
import type { Writable } from "node:stream";

/** Some hundred kilobytes: few writes, and little to hold. */
const CHUNK = 1 << 18;

/** Writes these lines, each with its end, no faster than they are taken. Rejects when the stream fails. */
export async function writeLines(stream: Writable, lines: Iterable<string>): Promise<void> {
  let text = "";
  for (const line of lines) {
    text += `${line}\n`;
    if (text.length < CHUNK) continue;
    if (!stream.write(text)) await once(stream, "drain");
    text = "";
  }
  if (text !== "" && !stream.write(text)) await once(stream, "drain");
}
