/** The Requester's memory: Calls that have not ended, by Call and by device and request id, their deadlines, and lately ended ids. */
import { DeadlineHeap, type Scheduled } from "../deadline-heap.ts";
import type { Instant } from "../time.ts";
import type { CallId, CallState } from "./call.ts";
import type { RequestIdAllocator } from "./request-id.ts";
import type { DeviceId, RestoreInput, SessionId } from "./requester-io.ts";
import type { RpcStatus } from "./rpc-status.ts";

export interface PendingCall extends Scheduled {
  readonly call: CallId;
  readonly device: DeviceState;
  readonly requestId: number;
  readonly oneway: boolean;
  readonly persistent: boolean;
  readonly retries: number;
  readonly method: string;
  readonly params: string;
  state: CallState;
  /** Of a persistent Call. */
  status: RpcStatus;
  /** Its end in time; of a forsaken Call, when its caller is told. */
  expiresAt: Instant;
  /** Its caller is answered by then, Infinity without a wall or when it has been. */
  wallAt: Instant;
  /** Its acknowledgement is due, Infinity when none is. */
  ackBy: Instant;
  /** Its reply is due under the on-response strategy, Infinity when it is not. */
  responseBy: Instant;
  /** It counts as sent: a silent device is then a timeout, and no missing connection. */
  reached: boolean;
  /** It was handed to a connection at least once, so a reply to it can be genuine. */
  handed: boolean;
  /** Its caller has been told. */
  answered: boolean;
  retriesUsed: number;
  /** The connection it was handed to last. */
  session: SessionId | undefined;
}

export interface SubscribedSession {
  readonly id: SessionId;
  readonly acks: boolean;
  readonly oneShot: boolean;
}

/** What became of a request id, to tell a late reply from a duplicate one. */
export type EndedId = "answered" | "unanswered" | "oneway";

export interface DeviceState {
  readonly id: DeviceId;
  sessions: readonly SubscribedSession[];
  lastRequestId: number | undefined;
  /** In order of arrival. */
  readonly pending: Map<number, PendingCall>;
  /** Latest ended ids, oldest first; an id in here is not given out again. */
  readonly ended: Map<number, EndedId>;
}

interface CallParts {
  readonly call: CallId;
  readonly oneway: boolean;
  readonly persistent: boolean;
  readonly retries: number;
  readonly method: string;
  readonly params: string;
}

/** A Call to which nothing has happened yet; its instants are the Requester's to set. */
export function newCall(parts: CallParts, device: DeviceState, requestId: number, maxRetries: number): PendingCall {
  const { call, oneway, persistent, retries, method, params } = parts;
  return {
    call,
    device,
    requestId,
    oneway,
    persistent,
    retries: Math.min(retries, maxRetries),
    method,
    params,
    state: "waiting",
    status: "QUEUED",
    expiresAt: 0,
    wallAt: NEVER,
    ackBy: NEVER,
    responseBy: NEVER,
    reached: false,
    handed: false,
    answered: false,
    retriesUsed: 0,
    session: undefined,
    heapIndex: -1,
  };
}

/** A persistent Call as it was before a restart; whoever has it may still acknowledge or answer it. */
export function restoredCall(
  input: RestoreInput,
  device: DeviceState,
  requestId: number,
  maxRetries: number,
): PendingCall {
  return {
    ...newCall({ ...input, persistent: true }, device, requestId, maxRetries),
    state: input.status === "DELIVERED" ? "delivered" : "waiting",
    status: input.status,
    handed: input.requestId !== undefined,
  };
}

/** An instant that does not come. */
export const NEVER: Instant = Number.POSITIVE_INFINITY;

const NO_SESSIONS: readonly SubscribedSession[] = [];

export class CallBook {
  readonly #ids: RequestIdAllocator;
  readonly #devices = new Map<DeviceId, DeviceState>();
  readonly #calls = new Map<CallId, PendingCall>();
  readonly #deadlines = new DeadlineHeap<PendingCall>();

  constructor(ids: RequestIdAllocator) {
    this.#ids = ids;
  }

  /** The Call that is due first. */
  get first(): PendingCall | undefined {
    return this.#deadlines.first;
  }

  /** When that is. */
  get firstDeadline(): Instant | undefined {
    return this.#deadlines.firstDeadline;
  }

  get size(): number {
    return this.#calls.size;
  }

  callOf(call: CallId): PendingCall | undefined {
    return this.#calls.get(call);
  }

  knownDevice(id: DeviceId): DeviceState | undefined {
    return this.#devices.get(id);
  }

  deviceOf(id: DeviceId): DeviceState {
    let device = this.#devices.get(id);
    if (device === undefined) {
      device = { id, sessions: NO_SESSIONS, lastRequestId: undefined, pending: new Map(), ended: new Map() };
      this.#devices.set(id, device);
    }
    return device;
  }

  /** A connection wants no more requests. */
  leave(device: DeviceState | undefined, session: SessionId): void {
    if (device !== undefined) device.sessions = device.sessions.filter(({ id }) => id !== session);
  }

  /** The device's next id that is neither pending nor among the lately ended; undefined when there is none. */
  nextRequestId(device: DeviceState): number | undefined {
    for (let tries = 0; tries < this.#ids.size; tries++) {
      const id = this.#ids.next(device.lastRequestId);
      device.lastRequestId = id;
      if (!device.pending.has(id) && !device.ended.has(id)) return id;
    }
    return undefined;
  }

  /** Enters a Call; one that is forsaken already has no place among its device's requests. */
  add(entry: PendingCall): void {
    this.#calls.set(entry.call, entry);
    this.#deadlines.add(entry, deadlineOf(entry));
    if (entry.state !== "forsaken") entry.device.pending.set(entry.requestId, entry);
  }

  /** After any of its instants changed. */
  reschedule(entry: PendingCall): void {
    const deadline = deadlineOf(entry);
    if (deadline !== this.#deadlines.deadlineOf(entry)) this.#deadlines.move(entry, deadline);
  }

  /** Frees its request id and remembers what became of it; the Call itself stays. */
  close(entry: PendingCall, ended: EndedId): void {
    const { device, requestId } = entry;
    if (device.pending.get(requestId) !== entry) return;
    device.pending.delete(requestId);
    device.ended.set(requestId, ended);
    if (device.ended.size > this.#ids.quarantine) {
      const [oldest] = device.ended.keys();
      device.ended.delete(oldest as number);
    }
  }

  remove(entry: PendingCall): void {
    this.#calls.delete(entry.call);
    this.#deadlines.remove(entry);
  }
}

function deadlineOf({ expiresAt, wallAt, ackBy, responseBy }: PendingCall): Instant {
  return Math.min(expiresAt, wallAt, ackBy, responseBy);
}
