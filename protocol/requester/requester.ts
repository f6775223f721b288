/**
 * The server's end of device RPC: admits Calls, numbers them per device, hands them to the device's connections when the submit
 * strategy allows, ties replies to Calls, and ends each Call exactly once. A pure machine: `handle(input, now)` returns effects,
 * `deadline` says when the next `tick` matters. Contract: section 11, rules S1 to S20, and section 5 for persistent Calls.
 *
 * Ties: an input that arrives at exactly a Call's deadline is handled before that Call expires, so a reply carrying the
 * deadline instant wins. An input after the deadline finds the Call expired, however late the driver's `tick` is.
 */
import type { Instant } from "../time.ts";
import { transition } from "./call.ts";
import {
  CallBook,
  type DeviceState,
  NEVER,
  newCall,
  type PendingCall,
  restoredCall,
  type SubscribedSession,
} from "./call-book.ts";
import { Endings, LAST_RESORT, RESPONSE_OVERDUE, retriesExhausted, strayOf } from "./ending.ts";
import { FIRST_REQUEST_ID } from "./request-id.ts";
import type { CallInput, RequesterEffect, RequesterInput, RestoreInput } from "./requester-io.ts";
import type { RequesterOptions } from "./requester-options.ts";
import { awaitsAcknowledgement, handOver, nextToSend } from "./submission.ts";

type Effects = RequesterEffect[];

export class Requester {
  readonly #options: RequesterOptions;
  readonly #book: CallBook;
  readonly #endings: Endings;

  constructor(options: RequesterOptions) {
    this.#options = options;
    this.#book = new CallBook(options.requestIds);
    this.#endings = new Endings(this.#book);
  }

  /** The earliest instant at which `tick` has something to do; undefined while nothing is pending. */
  get deadline(): Instant | undefined {
    return this.#book.firstDeadline;
  }

  /** Calls admitted and not ended. */
  get pending(): number {
    return this.#book.size;
  }

  /** Applies one input at `now`. Instants must not decrease from one input to the next. */
  handle(input: RequesterInput, now: Instant): readonly RequesterEffect[] {
    const effects: Effects = [];
    // Whatever was due strictly before now happened before this input; at exactly now the input comes first.
    this.#expire(input.kind === "tick" ? now : now - 1, effects);
    switch (input.kind) {
      case "call":
        this.#admit(input, now, effects);
        break;
      case "restore":
        this.#restore(input, now, effects);
        break;
      case "subscribed":
        this.#subscribe(this.#book.deviceOf(input.device), { ...input, id: input.session }, now, effects);
        break;
      case "unsubscribed":
        // S14: Calls in flight stay and wait for their deadline or for a new subscriber.
        this.#book.leave(this.#book.knownDevice(input.device), input.session);
        break;
      case "offline":
        this.#lose(this.#book.knownDevice(input.device), input.session);
        break;
      case "reply":
        this.#reply(input, now, effects);
        break;
      case "ack": {
        const entry = this.#book.knownDevice(input.device)?.pending.get(input.requestId);
        const told = this.#statusPasses(input.device, entry?.persistent === true);
        // One that came after its time still says that the device has it.
        if (!entry?.handed || entry.state === "delivered") break;
        if (told) this.#acknowledge(entry, now, effects);
        else this.#stopAwaiting(entry);
        break;
      }
      case "undeliverable":
        this.#fail(this.#book.knownDevice(input.device)?.pending.get(input.requestId), input.payload, now, effects);
        break;
      case "cancel":
      case "delete":
        this.#withdraw(this.#book.callOf(input.call), now, effects);
        break;
      case "tick":
        break;
    }
    return effects;
  }

  #admit(input: CallInput, now: Instant, effects: Effects): void {
    const device = this.#book.deviceOf(input.device);
    const requestId = this.#book.nextRequestId(device);
    const lost = input.timeout <= 0 || requestId === undefined;
    const entry = newCall(input, device, requestId ?? FIRST_REQUEST_ID, this.#options.maxRetries);
    entry.state = lost ? "forsaken" : "waiting";
    entry.expiresAt = now + (lost ? LAST_RESORT : input.timeout);
    entry.wallAt = input.wall === undefined ? NEVER : now + input.wall;
    entry.reached = device.sessions.length > 0;
    if (lost && input.persistent) {
      this.#endings.tell(entry, "EXPIRED", undefined, effects);
      return;
    }
    this.#book.add(entry);
    if (lost || device.sessions.length === 0) return;
    if (this.#options.strategy === "burst") this.#deliver(entry, device.sessions, now, effects);
    else this.#sendNext(device, now, effects, entry);
  }

  #restore(input: RestoreInput, now: Instant, effects: Effects): void {
    const device = this.#book.deviceOf(input.device);
    const requestId = input.requestId ?? this.#book.nextRequestId(device);
    if (requestId === undefined || device.pending.has(requestId)) return;
    const entry = restoredCall(input, device, requestId, this.#options.maxRetries);
    entry.expiresAt = now + input.timeout;
    if (input.timeout <= 0) this.#endings.tell(entry, "EXPIRED", undefined, effects);
    else this.#book.add(entry);
  }

  /** S1, S7: a subscriber is handed what nobody has received yet, in the order of arrival. */
  #subscribe(device: DeviceState, session: SubscribedSession, now: Instant, effects: Effects): void {
    const { id, acks, oneShot } = session;
    device.sessions = [...device.sessions.filter((other) => other.id !== id), { id, acks, oneShot }];
    if (this.#options.strategy !== "burst") {
      this.#sendNext(device, now, effects);
      return;
    }
    const again = this.#options.quirks.has("repush-delivered");
    for (const entry of [...device.pending.values()]) {
      if (!device.sessions.some((other) => other.id === id)) return;
      if (entry.state === "waiting") this.#deliver(entry, device.sessions, now, effects);
      else if (again) this.#deliver(entry, [{ id, acks, oneShot }], now, effects);
    }
  }

  /** S15; what a persistent Call's owner was promised is sent again: nobody will acknowledge it on this connection. */
  #lose(device: DeviceState | undefined, session: number): void {
    this.#book.leave(device, session);
    if (device === undefined || this.#options.quirks.has("stuck-on-close")) return;
    for (const entry of device.pending.values()) {
      if (!entry.persistent || entry.state !== "sent" || entry.session !== session) continue;
      entry.state = transition(entry.state, "give_back");
      this.#stopAwaiting(entry);
    }
  }

  /** Sends as many of a sequential queue as its strategy allows; `arriving` was not there before. */
  #sendNext(device: DeviceState, now: Instant, effects: Effects, arriving?: PendingCall): void {
    while (device.sessions.length > 0) {
      const entry = nextToSend(device, this.#options.strategy);
      if (entry === undefined) return;
      this.#deliver(entry, device.sessions, now, effects, entry === arriving);
    }
  }

  /** S3, S8, S18: hands one request to connections; a one-way Call that did not have to queue ends here. */
  #deliver(
    entry: PendingCall,
    sessions: readonly SubscribedSession[],
    now: Instant,
    effects: Effects,
    atOnce = this.#options.strategy === "burst",
  ): void {
    const awaitsAck = awaitsAcknowledgement(entry, this.#options, now);
    const acks = handOver(entry, sessions, { awaitsAck, book: this.#book, effects });
    entry.handed = true;
    if (!this.#options.quirks.has("sent-fixed-at-arrival")) entry.reached = true;
    // DELIVERED when nobody will acknowledge it, else SENT of a persistent one; a one-way Call's costs as much.
    const told = (acks && !entry.persistent) || this.#statusPasses(entry.device.id, entry.persistent);
    if (entry.oneway && !entry.persistent && atOnce) {
      this.#endings.end(entry, "oneway", { kind: "handed_over" }, effects);
      return;
    }
    entry.state = transition(entry.state, "deliver");
    if (!acks) {
      if (told) this.#acknowledge(entry, now, effects);
      return;
    }
    if (told) this.#endings.tell(entry, "SENT", undefined, effects);
    if (!awaitsAck) return;
    entry.ackBy = now + this.#options.ackTimeout;
    this.#book.reschedule(entry);
  }

  #statusPasses(device: string, persistent: boolean): boolean {
    const { statusLimit } = this.#options;
    return statusLimit === undefined || statusLimit(device, persistent);
  }

  #stopAwaiting(entry: PendingCall): void {
    entry.ackBy = NEVER;
    this.#book.reschedule(entry);
  }

  #acknowledge(entry: PendingCall, now: Instant, effects: Effects): void {
    entry.state = transition(entry.state, "acknowledge");
    entry.ackBy = NEVER;
    this.#endings.tell(entry, "DELIVERED", undefined, effects);
    if (entry.oneway) {
      this.#endings.end(entry, "oneway", { kind: "handed_over" }, effects);
    } else {
      if (this.#options.strategy === "on_response") entry.responseBy = now + this.#options.responseTimeout;
      this.#book.reschedule(entry);
    }
    this.#proceed(entry.device, now, effects);
  }

  /** S6: the first reply ends the Call; any other one is a stray and changes nothing. */
  #reply(input: RequesterInput & { kind: "reply" }, now: Instant, effects: Effects): void {
    const { device: id, requestId, payload } = input;
    const device = this.#book.knownDevice(id);
    const entry = device?.pending.get(requestId);
    if (device !== undefined && entry?.handed === true) {
      const late = entry.answered;
      this.#endings.tell(entry, "SUCCESSFUL", payload, effects);
      this.#endings.end(entry, "answered", { kind: "reply", payload }, effects);
      if (late) effects.push({ kind: "stray", device: id, requestId, stray: "late" });
      this.#proceed(device, now, effects);
      return;
    }
    const stray = strayOf(device, requestId);
    if (stray !== undefined) effects.push({ kind: "stray", device: id, requestId, stray });
  }

  #fail(entry: PendingCall | undefined, payload: string, now: Instant, effects: Effects): void {
    if (entry === undefined) return;
    this.#endings.tell(entry, "FAILED", payload, effects);
    this.#endings.end(entry, "answered", { kind: "reply", payload }, effects);
    this.#proceed(entry.device, now, effects);
  }

  #withdraw(entry: PendingCall | undefined, now: Instant, effects: Effects): void {
    if (entry === undefined || entry.answered) return;
    this.#endings.end(entry, "unanswered", { kind: "cancelled" }, effects);
    this.#proceed(entry.device, now, effects);
  }

  /**
   * Does everything that is due at `now` or before, in order of the deadlines. Queues move on afterwards: what has waited until its own
   * deadline is not sent any more because another Call expired in front of it.
   */
  #expire(now: Instant, effects: Effects): void {
    const freed = new Set<DeviceState>();
    for (let entry = this.#book.first; entry !== undefined; entry = this.#book.first) {
      const at = this.#book.firstDeadline as Instant;
      if (at > now) break;
      if (entry.expiresAt === at) {
        this.#endings.expire(entry, effects);
        freed.add(entry.device);
      } else if (entry.wallAt === at) {
        this.#endings.answer(entry, { kind: "wall" }, effects);
        entry.wallAt = NEVER;
        this.#book.reschedule(entry);
      } else if (entry.ackBy !== at) {
        this.#responseOverdue(entry, effects);
        freed.add(entry.device);
      } else if (this.#statusPasses(entry.device.id, entry.persistent)) {
        this.#ackOverdue(entry, effects);
        freed.add(entry.device);
      } else this.#stopAwaiting(entry);
    }
    for (const device of freed) this.#proceed(device, now, effects);
  }

  /** S11: sent again while there are retries, at once only in the sequential strategies. */
  #ackOverdue(entry: PendingCall, effects: Effects): void {
    entry.ackBy = NEVER;
    this.#endings.tell(entry, "TIMEOUT", undefined, effects);
    if (entry.retriesUsed < entry.retries) {
      entry.retriesUsed++;
    } else if (this.#options.closeOnAckTimeout && entry.session !== undefined) {
      entry.retriesUsed = 0;
      this.#endings.tell(entry, "QUEUED", undefined, effects);
      effects.push({ kind: "close_session", device: entry.device.id, session: entry.session });
      this.#book.leave(entry.device, entry.session);
    } else {
      this.#endings.forsake(entry, retriesExhausted(entry.retries), effects);
      return;
    }
    entry.state = transition(entry.state, "give_back");
    this.#book.reschedule(entry);
  }

  /** S10: under the on-response strategy the queue moves on without it. */
  #responseOverdue(entry: PendingCall, effects: Effects): void {
    if (entry.persistent || this.#options.quirks.has("response-timeout-silent")) {
      this.#endings.forsake(entry, RESPONSE_OVERDUE, effects);
    } else this.#endings.end(entry, "unanswered", { kind: "timeout" }, effects);
  }

  /** A sequential queue may have become free. */
  #proceed(device: DeviceState, now: Instant, effects: Effects): void {
    if (this.#options.strategy !== "burst") this.#sendNext(device, now, effects);
  }
}
