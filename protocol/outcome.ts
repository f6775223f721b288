/**
 * The closed set of ways a Call ends, as its caller saw it, and the one converter from an HTTP answer to it.
 *
 * Every planned Call ends in exactly one Outcome. A Call whose reply came after its deadline is a `timeout`; the late
 * reply is a stray, an event beside the Outcome, and is never counted as a second ending.
 */
import type { Dialect } from "./dialect.ts";

export const OUTCOMES = [
  "ok",
  "device_error",
  "timeout",
  "no_connection",
  "rejected",
  "server_error",
  "transport_error",
  "dropped",
  "cancelled",
] as const;

/**
 * - `ok`: answered in time (two-way) or handed to the device (one-way).
 * - `device_error`: the device answered, with an `error` or with something that is not JSON (406).
 * - `timeout`: no answer by the deadline.
 * - `no_connection`: the device was not subscribed when the Call arrived (409; a dialect that says 504 for both cannot tell).
 * - `rejected`: any other 4xx; `server_error`: any other 5xx.
 * - `transport_error`: no HTTP answer (refused, reset, or silent beyond the caller's own limit).
 * - `dropped`: planned, never sent. `cancelled`: sent, then given up: by its caller, as the scenario has it, or by Ctrl-C.
 */
export type Outcome = (typeof OUTCOMES)[number];

/** Position of each Outcome in OUTCOMES: its code in a journal column. Codes are append-only. */
export const OUTCOME_CODE: Readonly<Record<Outcome, number>> = Object.fromEntries(
  OUTCOMES.map((outcome, code) => [outcome, code]),
) as Record<Outcome, number>;

/** A reply with no open Call. */
export type Stray = "late" | "duplicate" | "unknown";

/** What a caller received. `status` 0 means that no HTTP answer came. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

/** Outcome of one HTTP answer under a dialect (outcome table of the contract, section 4.5). */
export function classifyAnswer(answer: HttpAnswer, dialect: Dialect): Outcome {
  const { status } = answer;
  if (status === 0) return "transport_error";
  if (status >= 200 && status < 300) return carriesError(answer.body) ? "device_error" : "ok";
  if (status === 406) return "device_error";
  if (status === dialect.timeoutStatus) return "timeout";
  if (status === dialect.noConnectionStatus) return "no_connection";
  if (status === 500 && answer.body.includes('"Request timeout"')) return "timeout";
  return status < 500 ? "rejected" : "server_error";
}

/** True when the reply is a JSON object with an `error` member (a device reports its own errors with status 200). */
function carriesError(body: string): boolean {
  if (!body.startsWith("{") || !body.includes('"error"')) return false;
  try {
    return Object.hasOwn(JSON.parse(body) as object, "error");
  } catch {
    return false;
  }
}
