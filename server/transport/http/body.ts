/** The body of a device's request as text, up to a limit (contract 9.1, the 413 row). */
import type { IncomingMessage, ServerResponse } from "node:http";
import { payloadTooLarge, writeAnswer } from "../../rest/errors.ts";
import { readRawBody } from "../../rest/raw-body.ts";

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Hands over the body; a longer one than `limitBytes` is answered here. */
export function takeBody({ request, response }: Exchange, limitBytes: number, done: (body: string) => void): void {
  const refuse = (): void => {
    // What is left of the body is not read.
    response.setHeader("Connection", "close");
    writeAnswer(response, payloadTooLarge(limitBytes));
  };
  if (Number(request.headers["content-length"]) > limitBytes) {
    refuse();
    return;
  }
  readRawBody(request, limitBytes, (body) => {
    if (body === undefined) refuse();
    else done(body);
  });
}
