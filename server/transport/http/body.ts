/** The body of a device's request as text, up to a limit (contract 9.1, the 413 row). */
import type { IncomingMessage, ServerResponse } from "node:http";
import { payloadTooLarge, writeAnswer } from "../../rest/errors.ts";

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Hands over the body; a longer one than `limitBytes` is answered here. */
export function takeBody({ request, response }: Exchange, limitBytes: number, done: (body: string) => void): void {
  readBody(request, limitBytes, (body) => {
    if (body !== undefined) {
      done(body);
      return;
    }
    // What is left of the body is not read.
    response.setHeader("Connection", "close");
    writeAnswer(response, payloadTooLarge(limitBytes));
  });
}

/**
 * Hands over the body, or undefined as soon as it is longer than `limitBytes`, whether it was announced or not. Not at all when
 * the client leaves.
 */
function readBody(request: IncomingMessage, limitBytes: number, done: (body: string | undefined) => void): void {
  if (Number(request.headers["content-length"]) > limitBytes) {
    done(undefined);
    return;
  }
  const chunks: Buffer[] = [];
  let length = 0;
  request.on("data", (chunk: Buffer) => {
    if (length > limitBytes) return;
    length += chunk.length;
    if (length > limitBytes) done(undefined);
    else chunks.push(chunk);
  });
  request.on("end", () => {
    if (length <= limitBytes) done(Buffer.concat(chunks).toString());
  });
}
