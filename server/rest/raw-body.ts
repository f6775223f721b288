/** The body of a request as raw text, for what Fastify never sees: RPC and the device API. */
import type { IncomingMessage } from "node:http";

/** Hands over the whole body as text, or undefined as soon as it is longer than `limitBytes`. Not at all when the client leaves. */
export function readRawBody(
  request: IncomingMessage,
  limitBytes: number,
  done: (body: string | undefined) => void,
): void {
  let first: Buffer | undefined;
  let rest: Buffer[] | undefined;
  let length = 0;
  request.on("data", (chunk: Buffer) => {
    if (length > limitBytes) return;
    length += chunk.length;
    if (length > limitBytes) done(undefined);
    else if (first === undefined) first = chunk;
    else if (rest === undefined) rest = [first, chunk];
    else rest.push(chunk);
  });
  request.on("end", () => {
    if (length > limitBytes) return;
    done(rest !== undefined ? Buffer.concat(rest).toString() : first === undefined ? "" : first.toString());
  });
}
