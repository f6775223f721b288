/**
 * The server's end of device RPC: admits Calls, numbers them per device, hands them to the device's connection, ties replies
 * to Calls, and ends each Call exactly once. A pure machine: `handle(input, now)` returns effects, `deadline` says when the
 * next `tick` matters. Contract: section 11, rules S1 to S7, S14, S15 and S17.
 *
 * Ties: an input that arrives at exactly a Call's deadline is handled before that Call expires, so a reply carrying the
 * deadline instant wins. An input after the deadline finds the Call expired, however late the driver's `tick` is.
 */
import { type CallEvent, type CallId, type CallState, transition } from "./call.ts";
import { DeadlineHeap, type Scheduled } from "./deadline-heap.ts";
import type { Stray } from "./outcome.ts";
import { FIRST_REQUEST_ID, type RequestIdAllocator } from "./request-id.ts";
import { type Duration, type Instant, SECOND } from "./time.ts";

/** Names a device; opaque here. */
export type DeviceId = string;
/** Names one connection of a device; allocated by the transport, never reused. */
export type SessionId = number;

export type RequesterInput =
  | {
      readonly kind: "call";
      readonly call: CallId;
      readonly device: DeviceId;
      readonly oneway: boolean;
      readonly method: string;
      /** JSON text, passed through unread. */
      readonly params: string;
      /** Effective timeout; zero or less means that it had expired before it arrived (S17). */
      readonly timeout: Duration;
      /** The caller is answered after this long at the latest, even when the timeout is longer. */
      readonly wall: Duration | undefined;
    }
  | { readonly kind: "subscribed"; readonly device: DeviceId; readonly session: SessionId }
  | { readonly kind: "unsubscribed" | "offline"; readonly device: DeviceId; readonly session: SessionId }
  | { readonly kind: "reply"; readonly device: DeviceId; readonly requestId: number; readonly payload: string }
  | { readonly kind: "cancel"; readonly call: CallId }
  | { readonly kind: "tick" };

/** How a Call ended, before any dialect turns it into a status. */
export type Settlement =
  | { readonly kind: "reply"; readonly payload: string }
  | { readonly kind: "handed_over" | "timeout" | "no_connection" | "dropped" | "wall" | "cancelled" };

export type RequesterEffect =
  | {
      readonly kind: "deliver";
      readonly call: CallId;
      readonly device: DeviceId;
      readonly session: SessionId;
      readonly requestId: number;
      readonly method: string;
      readonly params: string;
    }
  | { readonly kind: "settle"; readonly call: CallId; readonly settlement: Settlement }
  | { readonly kind: "stray"; readonly device: DeviceId; readonly requestId: number; readonly stray: Stray };

/** A Call that arrives already expired is answered this long after arrival: the caller's own timer of last resort (S17). */
const DROPPED_AFTER: Duration = 1 * SECOND;

interface Entry extends Scheduled {
  readonly call: CallId;
  readonly device: DeviceState;
  readonly requestId: number;
  readonly oneway: boolean;
  readonly method: string;
  readonly params: string;
  /** Fixed at arrival: a device that subscribes later and stays silent still counts as "no connection" (S2). */
  readonly connectedAtArrival: boolean;
  readonly expiresAt: Instant;
  readonly droppedAtArrival: boolean;
  state: CallState;
}

/** What became of a request id, to tell a late reply from a duplicate one. */
type EndedId = "answered" | "unanswered" | "oneway";

interface DeviceState {
  readonly id: DeviceId;
  session: SessionId | undefined;
  lastRequestId: number | undefined;
  readonly pending: Map<number, Entry>;
  /** Latest ended ids, oldest first; an id in here is not given out again. */
  readonly ended: Map<number, EndedId>;
}

export interface RequesterOptions {
  readonly requestIds: RequestIdAllocator;
}

export class Requester {
  readonly #ids: RequestIdAllocator;
  readonly #devices = new Map<DeviceId, DeviceState>();
  readonly #calls = new Map<CallId, Entry>();
  readonly #deadlines = new DeadlineHeap<Entry>();

  constructor(options: RequesterOptions) {
    this.#ids = options.requestIds;
  }

  /** The earliest instant at which `tick` has something to do; undefined while nothing is pending. */
  get deadline(): Instant | undefined {
    return this.#deadlines.first?.deadline;
  }

  /** Calls admitted and not ended. */
  get pending(): number {
    return this.#calls.size;
  }

  /** Applies one input at `now`. Instants must not decrease from one input to the next. */
  handle(input: RequesterInput, now: Instant): readonly RequesterEffect[] {
    const effects: RequesterEffect[] = [];
    // Whatever ended strictly before now ended before this input; at exactly now the input comes first.
    this.#expire(input.kind === "tick" ? now : now - 1, effects);
    switch (input.kind) {
      case "call":
        this.#admit(input, now, effects);
        break;
      case "subscribed":
        this.#subscribe(this.#deviceOf(input.device), input.session, effects);
        break;
      case "unsubscribed":
      case "offline":
        this.#leave(input.device, input.session);
        break;
      case "reply":
        this.#reply(input.device, input.requestId, input.payload, effects);
        break;
      case "cancel":
        this.#cancel(input.call, effects);
        break;
      case "tick":
        break;
    }
    return effects;
  }

  #deviceOf(id: DeviceId): DeviceState {
    let device = this.#devices.get(id);
    if (device === undefined) {
      device = { id, session: undefined, lastRequestId: undefined, pending: new Map(), ended: new Map() };
      this.#devices.set(id, device);
    }
    return device;
  }

  #admit(input: RequesterInput & { kind: "call" }, now: Instant, effects: RequesterEffect[]): void {
    const device = this.#deviceOf(input.device);
    const requestId = this.#nextRequestId(device);
    const dropped = input.timeout <= 0 || requestId === undefined;
    const expiresAt = now + (dropped ? DROPPED_AFTER : input.timeout);
    const entry: Entry = {
      call: input.call,
      device,
      requestId: requestId ?? FIRST_REQUEST_ID,
      oneway: input.oneway,
      method: input.method,
      params: input.params,
      connectedAtArrival: device.session !== undefined,
      expiresAt,
      droppedAtArrival: dropped,
      state: "waiting",
      deadline: input.wall === undefined ? expiresAt : Math.min(expiresAt, now + input.wall),
      heapIndex: -1,
      heapSequence: 0,
    };
    this.#calls.set(input.call, entry);
    this.#deadlines.add(entry);
    if (dropped) return;
    device.pending.set(entry.requestId, entry);
    if (device.session !== undefined) this.#deliver(entry, device.session, effects);
  }

  /** The device's next id that is neither pending nor among the lately ended; undefined when all are pending. */
  #nextRequestId(device: DeviceState): number | undefined {
    for (let tries = 0; tries < this.#ids.size; tries++) {
      const id = this.#ids.next(device.lastRequestId);
      device.lastRequestId = id;
      if (!device.pending.has(id) && !device.ended.has(id)) return id;
    }
    return undefined;
  }

  /** S1, S7: a subscriber is handed every Call that nobody has received yet, in the order of arrival. */
  #subscribe(device: DeviceState, session: SessionId, effects: RequesterEffect[]): void {
    device.session = session;
    for (const entry of [...device.pending.values()]) {
      if (entry.state === "waiting") this.#deliver(entry, session, effects);
    }
  }

  /** S14, S15: Calls in flight stay and wait for their deadline or for a new subscriber. */
  #leave(id: DeviceId, session: SessionId): void {
    const device = this.#devices.get(id);
    if (device !== undefined && device.session === session) device.session = undefined;
  }

  #deliver(entry: Entry, session: SessionId, effects: RequesterEffect[]): void {
    effects.push({
      kind: "deliver",
      call: entry.call,
      device: entry.device.id,
      session,
      requestId: entry.requestId,
      method: entry.method,
      params: entry.params,
    });
    if (entry.oneway) this.#end(entry, "hand_over", "oneway", { kind: "handed_over" }, effects);
    else entry.state = transition(entry.state, "deliver");
  }

  /** S6: the first reply ends the Call; any other one is a stray and changes nothing. */
  #reply(id: DeviceId, requestId: number, payload: string, effects: RequesterEffect[]): void {
    const device = this.#devices.get(id);
    const entry = device?.pending.get(requestId);
    if (device !== undefined && entry !== undefined && entry.state !== "waiting") {
      const late = entry.state === "orphaned";
      this.#end(entry, "reply", "answered", { kind: "reply", payload }, effects);
      if (late) effects.push({ kind: "stray", device: id, requestId, stray: "late" });
      return;
    }
    const ended = device?.ended.get(requestId);
    if (device !== undefined && ended !== undefined) device.ended.set(requestId, "answered");
    // A device cannot tell a one-way request from a two-way one, so its first reply to it is no incident.
    if (ended === "oneway") return;
    const stray: Stray = ended === undefined ? "unknown" : ended === "answered" ? "duplicate" : "late";
    effects.push({ kind: "stray", device: id, requestId, stray });
  }

  #cancel(call: CallId, effects: RequesterEffect[]): void {
    const entry = this.#calls.get(call);
    if (entry === undefined || entry.state === "orphaned") return;
    this.#end(entry, "cancel", "unanswered", { kind: "cancelled" }, effects);
  }

  /** Ends, or walls, everything due at `now` or before, in deadline order. */
  #expire(now: Instant, effects: RequesterEffect[]): void {
    for (
      let entry = this.#deadlines.first;
      entry !== undefined && entry.deadline <= now;
      entry = this.#deadlines.first
    ) {
      if (entry.deadline < entry.expiresAt) {
        entry.state = transition(entry.state, "wall");
        this.#deadlines.move(entry, entry.expiresAt);
        effects.push({ kind: "settle", call: entry.call, settlement: { kind: "wall" } });
      } else {
        this.#end(entry, "expire", "unanswered", { kind: expiryOf(entry) }, effects);
      }
    }
  }

  /** The only way out: forgets the Call, remembers its id, and answers the caller unless the wall already did. */
  #end(entry: Entry, event: CallEvent, ended: EndedId, settlement: Settlement, effects: RequesterEffect[]): void {
    const answered = entry.state === "orphaned";
    entry.state = transition(entry.state, event);
    this.#calls.delete(entry.call);
    this.#deadlines.remove(entry);
    if (!entry.droppedAtArrival) {
      entry.device.pending.delete(entry.requestId);
      this.#remember(entry.device, entry.requestId, ended);
    }
    if (!answered) effects.push({ kind: "settle", call: entry.call, settlement });
  }

  #remember(device: DeviceState, requestId: number, ended: EndedId): void {
    device.ended.set(requestId, ended);
    if (device.ended.size > this.#ids.quarantine) {
      const [oldest] = device.ended.keys();
      device.ended.delete(oldest as number);
    }
  }
}

function expiryOf(entry: Entry): "timeout" | "no_connection" | "dropped" {
  if (entry.droppedAtArrival) return "dropped";
  return entry.connectedAtArrival ? "timeout" : "no_connection";
}
