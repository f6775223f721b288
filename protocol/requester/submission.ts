/** Which of a device's requests is sent next (S10), and to whom. */
import type { Instant } from "../time.ts";
import type { CallBook, DeviceState, PendingCall, SubscribedSession } from "./call-book.ts";
import type { RequesterEffect, SubmitStrategy } from "./requester-io.ts";
import type { RequesterOptions } from "./requester-options.ts";

/** The request whose turn it is under a sequential strategy; undefined when the device has to act first, or nothing waits. */
export function nextToSend(device: DeviceState, strategy: SubmitStrategy): PendingCall | undefined {
  for (const entry of device.pending.values()) {
    if (entry.state === "waiting") return entry;
    if (strategy === "on_response" || entry.state === "sent") return undefined;
  }
  return undefined;
}

/**
 * An acknowledgement matters to a persistent Call, to a queue that waits for it, when it can fail before the Call expires, and when
 * it costs something.
 */
export function awaitsAcknowledgement(
  entry: PendingCall,
  { strategy, ackTimeout, statusLimit }: RequesterOptions,
  now: Instant,
): boolean {
  return entry.persistent || strategy !== "burst" || now + ackTimeout < entry.expiresAt || statusLimit !== undefined;
}

interface HandOver {
  readonly awaitsAck: boolean;
  readonly book: CallBook;
  readonly effects: RequesterEffect[];
}

/** Hands one request to connections (S8); a one-shot one is a subscriber no more. True when one of them will acknowledge it. */
export function handOver(
  entry: PendingCall,
  sessions: readonly SubscribedSession[],
  { awaitsAck, book, effects }: HandOver,
): boolean {
  const { device, requestId, method, params, call } = entry;
  let acks = false;
  for (const session of sessions) {
    effects.push({
      kind: "deliver",
      call,
      device: device.id,
      session: session.id,
      requestId,
      method,
      params,
      awaitsAck: awaitsAck && session.acks,
    });
    acks ||= session.acks;
    if (session.oneShot) book.leave(device, session.id);
    entry.session = session.id;
  }
  return acks;
}
