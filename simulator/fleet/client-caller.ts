/**
 * The devices' own calls (client-side RPC) of one thread: sends each planned call at its instant, matches answers, and ends what
 * is not answered. Open workload: a call is sent when the plan says so, whatever became of those before it. Pure: the fleet brings
 * the clock, the sockets and the wake-up.
 */
import {
  CLIENT_OUTCOME_CODE,
  type ClientCallColumns,
  type ClientOutcome,
  createClientCallColumns,
} from "../../protocol/client-call-records.ts";
import type { Scheduled } from "../../protocol/deadline-heap.ts";
import { encodeRequest, parseJson } from "../../protocol/message.ts";
import type { Duration, Instant } from "../../protocol/time.ts";
import type { ClientCallPlan } from "./fleet-plan.ts";

/** Publishes a request of a device; returns when that was, or undefined when the device has no connection to carry it. */
export type SendRequest = (device: number, requestId: number, payload: string) => Instant | undefined;

export interface ClientCallsEnd {
  /** Calls intended from here on, since the origin, were not part of the run unless they are sent already. */
  readonly plannedUntil: Duration;
  /** True: nothing more is sent, and no answer is waited for. What was planned and is not sent yet counts as dropped. */
  readonly interrupted: boolean;
}

/** In the outcome column while a call waits for its answer. */
const OPEN = 0xff;
/** Request ids are 31 bits; above them in a key stands the device. */
const IDS = 2 ** 31;

export class ClientCaller implements Scheduled {
  heapIndex = -1;
  readonly #columns: ClientCallColumns;
  readonly #devices: Uint32Array;
  readonly #timeout: Duration;
  readonly #payload: string;
  readonly #send: SendRequest;
  /** Request id of each row that was sent, and the last one of each device. */
  readonly #requestIds: Uint32Array;
  readonly #lastIds: Uint32Array;
  /** Device and request id -> row. */
  readonly #open = new Map<number, number>();
  #origin: Instant | undefined;
  /** First row whose instant has not come. */
  #next = 0;
  /** No row before it is open: since all calls wait equally long, it is the first to time out. */
  #oldest = 0;
  #sendUntil: number;
  #interrupted = false;

  constructor(plan: ClientCallPlan, devices: number, send: SendRequest) {
    this.#columns = createClientCallColumns(plan.intendedUs);
    this.#devices = plan.devices;
    this.#timeout = plan.timeout;
    this.#payload = encodeRequest(plan.method, plan.params);
    this.#send = send;
    this.#requestIds = new Uint32Array(plan.intendedUs.length);
    this.#lastIds = new Uint32Array(devices);
    this.#sendUntil = plan.intendedUs.length;
  }

  /** The plan's instants are counted from `origin`; before this nothing is sent. */
  begin(origin: Instant): void {
    this.#origin ??= origin;
  }

  /** The next instant at which `tick` matters. */
  get due(): Instant | undefined {
    if (this.#origin === undefined) return undefined;
    const { intendedUs, sentUs, outcome } = this.#columns;
    while (this.#oldest < this.#next && outcome[this.#oldest] !== OPEN) this.#oldest++;
    const start = this.#next < this.#sendUntil ? (intendedUs[this.#next] as number) : Number.POSITIVE_INFINITY;
    const isWaiting = this.#oldest < this.#next;
    const expiry = isWaiting ? (sentUs[this.#oldest] as number) + this.#timeout : Number.POSITIVE_INFINITY;
    const first = Math.min(start, expiry);
    return first === Number.POSITIVE_INFINITY ? undefined : this.#origin + first;
  }

  /** Calls worth waiting for: for their instant or for their answer. */
  get pending(): number {
    if (this.#origin === undefined || this.#interrupted) return 0;
    return this.#open.size + this.#sendUntil - this.#next;
  }

  /** Sends what is due and ends what has waited too long. */
  tick(now: Instant): void {
    if (this.#origin === undefined) return;
    const at = now - this.#origin;
    const { intendedUs, sentUs, outcome } = this.#columns;
    for (; this.#oldest < this.#next; this.#oldest++) {
      if (outcome[this.#oldest] !== OPEN) continue;
      if ((sentUs[this.#oldest] as number) + this.#timeout > at) break;
      this.#settle(this.#oldest, at, "timeout");
    }
    while (this.#next < this.#sendUntil && (intendedUs[this.#next] as number) <= at) {
      this.#sendRow(this.#next, this.#origin);
      this.#next++;
    }
  }

  /**
   * An answer came. One that belongs to no open call, or comes after the timeout, changes nothing for the better. Tempus says
   * "no rule" on a topic without an id (contract 13.5): no call can be told to be meant, so it ends as a timeout.
   */
  answer(device: number, requestId: number, payload: string, now: Instant): void {
    const row = this.#open.get(device * IDS + requestId);
    if (row === undefined || this.#origin === undefined) return;
    const at = now - this.#origin;
    const isLate = at > (this.#columns.sentUs[row] as number) + this.#timeout;
    this.#settle(row, at, isLate ? "timeout" : isError(payload) ? "error" : "ok");
  }

  /** A device lost its connection, and with it every answer it waits for. */
  offline(device: number, now: Instant): void {
    if (this.#origin === undefined || this.#open.size === 0) return;
    for (let row = this.#oldest; row < this.#next; row++) {
      if (this.#columns.outcome[row] === OPEN && this.#devices[row] === device) {
        this.#settle(row, now - this.#origin, "lost");
      }
    }
  }

  /** The workload is over, or was ended: nothing is sent any more that was not part of it. */
  end({ plannedUntil, interrupted }: ClientCallsEnd): void {
    const { intendedUs } = this.#columns;
    let planned = this.#next;
    while (planned < intendedUs.length && (intendedUs[planned] as number) < plannedUntil) planned++;
    this.#columns.length = planned;
    this.#interrupted = interrupted;
    this.#sendUntil = interrupted ? this.#next : planned;
  }

  /** What became of every call; those still open are lost. Undefined when the plan was never begun. */
  report(now: Instant): ClientCallColumns | undefined {
    if (this.#origin === undefined) return undefined;
    this.#sendUntil = this.#next;
    for (const row of [...this.#open.values()]) this.#settle(row, now - this.#origin, "lost");
    return this.#columns;
  }

  #sendRow(row: number, origin: Instant): void {
    const device = this.#devices[row] as number;
    const requestId = (this.#lastIds[device] as number) + 1;
    const sentAt = this.#send(device, requestId, this.#payload);
    if (sentAt === undefined) return;
    this.#lastIds[device] = requestId;
    this.#requestIds[row] = requestId;
    this.#columns.sentUs[row] = sentAt - origin;
    this.#columns.outcome[row] = OPEN;
    this.#open.set(device * IDS + requestId, row);
  }

  #settle(row: number, at: Duration, outcome: ClientOutcome): void {
    this.#open.delete((this.#devices[row] as number) * IDS + (this.#requestIds[row] as number));
    this.#columns.settledUs[row] = at;
    this.#columns.outcome[row] = CLIENT_OUTCOME_CODE[outcome];
  }
}

/** `{"error": ...}` is what a server says instead of an answer; most answers need no parsing to know that they are not. */
function isError(payload: string): boolean {
  if (!payload.includes('"error"')) return false;
  const value = parseJson(payload);
  return typeof value === "object" && value !== null && Object.hasOwn(value, "error");
}
