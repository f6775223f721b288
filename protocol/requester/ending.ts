/** How Calls end: the only way out of the book, and what their callers and owners are told on the way. */
import type { Stray } from "../outcome.ts";
import { type Duration, SECOND } from "../time.ts";
import { transition } from "./call.ts";
import { type CallBook, type DeviceState, type EndedId, NEVER, type PendingCall } from "./call-book.ts";
import type { RequesterEffect, Settlement } from "./requester-io.ts";
import type { RpcStatus } from "./rpc-status.ts";

/** A Call that nothing is done for any more is answered this long after its time: the caller's own timer of last resort (S17). */
export const LAST_RESORT: Duration = 1 * SECOND;

/** What a failed persistent Call is told in the device's place (contract 5.1). */
export const RESPONSE_OVERDUE = '{"error":"There was a timeout awaiting for RPC response from device."}';

export function retriesExhausted(retries: number): string {
  return `{"error":"There was a Timeout and all retry attempts have been exhausted. Retry attempts set: ${retries}"}`;
}

type Effects = RequesterEffect[];

export class Endings {
  readonly #book: CallBook;

  constructor(book: CallBook) {
    this.#book = book;
  }

  /** Forgets the Call, remembers its id, and answers the caller who has not been answered. */
  end(entry: PendingCall, ended: EndedId, settlement: Settlement, effects: Effects): void {
    entry.state = transition(entry.state, "end");
    this.#book.close(entry, ended);
    this.#book.remove(entry);
    this.answer(entry, settlement, effects);
  }

  /** Tells a lightweight caller, once. */
  answer(entry: PendingCall, settlement: Settlement, effects: Effects): void {
    if (entry.answered || entry.persistent) return;
    entry.answered = true;
    effects.push({ kind: "settle", call: entry.call, settlement });
  }

  /** Tells the owner of a persistent Call what became of it. */
  tell(entry: PendingCall, status: RpcStatus, response: string | undefined, effects: Effects): void {
    if (!entry.persistent || entry.status === status) return;
    entry.status = status;
    effects.push({ kind: "status", call: entry.call, status, requestId: entry.requestId, response });
  }

  expire(entry: PendingCall, effects: Effects): void {
    this.tell(entry, "EXPIRED", undefined, effects);
    this.end(entry, "unanswered", { kind: expiryOf(entry) }, effects);
  }

  /** A persistent Call has failed; a lightweight caller hears from its own timer (S17). */
  forsake(entry: PendingCall, response: string, effects: Effects): void {
    if (entry.persistent) {
      this.tell(entry, "FAILED", response, effects);
      this.end(entry, "unanswered", { kind: "dropped" }, effects);
      return;
    }
    entry.state = transition(entry.state, "forsake");
    entry.ackBy = NEVER;
    entry.responseBy = NEVER;
    entry.expiresAt += LAST_RESORT;
    this.#book.close(entry, "unanswered");
    this.#book.reschedule(entry);
  }
}

function expiryOf(entry: PendingCall): "timeout" | "no_connection" | "dropped" {
  if (entry.state === "forsaken") return "dropped";
  return entry.reached ? "timeout" : "no_connection";
}

/** What a reply to no open Call is; undefined for one that a device sends in good faith. */
export function strayOf(device: DeviceState | undefined, requestId: number): Stray | undefined {
  const ended = device?.ended.get(requestId);
  if (device === undefined || ended === undefined) return "unknown";
  device.ended.set(requestId, "answered");
  // A device cannot tell a one-way request from a two-way one, so its first reply to it is no incident.
  if (ended === "oneway") return undefined;
  return ended === "answered" ? "duplicate" : "late";
}
