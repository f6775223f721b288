/** What a caller who asks for a persistent Call's record is told by it: nothing yet, or its Outcome (contract 5.1, 5.2). */
import type { Json } from "./message.ts";
import type { Outcome } from "./outcome.ts";
import { isFinalStatus, type RpcStatus } from "./requester/rpc-status.ts";

/** Id of the record in the answer to the request, or undefined when it holds none. */
export function recordIdOf(answer: Json | undefined): string | undefined {
  const id = memberOf(answer, "rpcId");
  return typeof id === "string" ? id : undefined;
}

/** The reply in a record; undefined while there is none. */
export function replyOf(record: Json | undefined): Json | undefined {
  return memberOf(record, "response");
}

/**
 * The Outcome of a persistent Call whose record is this, or undefined while its status is not final. The reply makes a success
 * `ok` or `device_error`; EXPIRED and FAILED both say that no reply came in the time the server gave it: `timeout`.
 */
export function persistentOutcome(record: Json | undefined, oneway: boolean): Outcome | undefined {
  const status = memberOf(record, "status");
  if (typeof status !== "string") return "server_error";
  if (!isFinalStatus(status as RpcStatus, oneway)) return undefined;
  if (status === "DELETED") return "rejected";
  if (status !== "SUCCESSFUL") return status === "DELIVERED" ? "ok" : "timeout";
  return memberOf(replyOf(record), "error") === undefined ? "ok" : "device_error";
}

function memberOf(value: Json | undefined, name: string): Json | undefined {
  if (value === null || value === undefined || typeof value !== "object" || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, name) ? (value as { [key: string]: Json })[name] : undefined;
}
