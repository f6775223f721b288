/** The answers of the HTTP device API to what is wrong with a request (contract 9.1, and 13.4 for Tempus). */

import type { ClientRequestReading } from "../../client-rpc/client-request.ts";
import { type Answer, emptyAnswer, errorAnswer, PROBLEMS, textAnswer, withMessage } from "../../rest/errors.ts";
import { isObject, type JsonReading } from "../json-object.ts";

export const UNKNOWN_TOKEN = emptyAnswer(401);
/** Of a reply or an upload (S20). */
export const OVER_LIMIT = emptyAnswer(500);

export function missingBody(): Answer {
  return errorAnswer(withMessage(PROBLEMS.invalidBody, "Required request body is missing"));
}

/** `name`: of the path variable or the query parameter. */
export function notANumber(name: string, text: string): Answer {
  return errorAnswer(withMessage(PROBLEMS.invalidBody, `Parameter '${name}' is not an integer: "${text}"`));
}

/** What is wrong with an upload, or undefined. Telemetry may be an array of objects as well. */
export function refusalOfUpload(reading: JsonReading, feature: string, tempus: boolean): Answer | undefined {
  if (reading.kind === "object") return undefined;
  const { value } = reading.kind === "not_object" ? reading : { value: undefined };
  if (feature === "telemetry" && Array.isArray(value) && value.every(isObject)) return undefined;
  return unreadable(reading, tempus);
}

/** What is wrong with a client-side call, or undefined. */
export function refusalOfCall(reading: ClientRequestReading, tempus: boolean): Answer | undefined {
  if (reading.kind !== "request") return unreadable(reading, tempus);
  return reading.hasParams ? undefined : unreadable({ kind: "no_params" }, tempus);
}

/** The original lets its parser's exception out; only a syntax error has a message. */
function unreadable(reading: { readonly kind: string; readonly reason?: string }, tempus: boolean): Answer {
  if (tempus) return emptyAnswer(400);
  return reading.kind === "not_json" ? textAnswer(500, reading.reason ?? "") : emptyAnswer(500);
}
