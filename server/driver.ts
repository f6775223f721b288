/**
 * LIVE DRIVER: one clock and one timer around a Requester. It gives every input its instant, carries effects to the transport and
 * to the waiting callers, and wakes the machine at its deadline. Callbacks, not promises: one more hop would change which of
 * reply and timeout wins, and costs time on every call.
 */
import type { Stray } from "../protocol/outcome.ts";
import type { CallId } from "../protocol/requester/call.ts";
import { Requester } from "../protocol/requester/requester.ts";
import type {
  RequesterEffect,
  RequesterInput,
  RestoreInput,
  SessionId,
  Settlement,
} from "../protocol/requester/requester-io.ts";
import type { RequesterOptions } from "../protocol/requester/requester-options.ts";
import { type Duration, type Instant, MILLISECOND } from "../protocol/time.ts";
import type { CallLedger } from "./call-ledger.ts";

export type DeliverEffect = RequesterEffect & { readonly kind: "deliver" };
export type StatusEffect = RequesterEffect & { readonly kind: "status" };
export type SettledCallback = (settlement: Settlement, call: CallId) => void;
type SettlementKind = Settlement["kind"];

/** What a caller asks for; see the Requester's `call` input. */
export interface CallRequest {
  readonly device: string;
  readonly oneway: boolean;
  readonly method: string;
  /** JSON text. */
  readonly params: string;
  readonly timeout: Duration;
  readonly wall: Duration | undefined;
  readonly retries: number;
}

export type RestoreRequest = Omit<RestoreInput, "kind" | "call">;

export interface DriverTotals {
  readonly calls: number;
  readonly pending: number;
  readonly strays: Readonly<Record<Stray, number>>;
  readonly settled: Readonly<Record<SettlementKind, number>>;
}

export interface DriverOptions {
  readonly now: () => Instant;
  readonly requester: RequesterOptions;
  /** Keeps the instants of every lightweight Call; undefined: nobody wants them. */
  readonly ledger: CallLedger | undefined;
  /** Hands one request to a connection; must not throw. */
  readonly deliver: (effect: DeliverEffect) => void;
  /** What became of a persistent Call; must not throw. */
  readonly status: (effect: StatusEffect) => void;
  /** A lightweight Call ended after so long. */
  readonly ended: (duration: Duration) => void;
  /** Ends a connection that does not acknowledge. */
  readonly closeSession: (session: SessionId) => void;
}

/**
 * A waiting caller. A Map that is written all the time leaves old tables behind which still name what was deleted; letting go of
 * the callback here keeps them from holding on to whole requests, whose collection would stop the server for milliseconds.
 */
interface Waiting {
  settled: SettledCallback | undefined;
  readonly since: Instant;
}

/** Node's timers take at most 2^31 - 1 ms. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;

export class LiveDriver {
  readonly #requester: Requester;
  readonly #waiting = new Map<CallId, Waiting>();
  readonly #now: () => Instant;
  readonly #options: DriverOptions;
  readonly #strays = { late: 0, duplicate: 0, unknown: 0 };
  readonly #settled = { reply: 0, handed_over: 0, timeout: 0, no_connection: 0, dropped: 0, wall: 0, cancelled: 0 };
  #calls = 0;
  #timer: NodeJS.Timeout | undefined;
  #wakesAt: Instant = Number.POSITIVE_INFINITY;
  #closed = false;
  #idle: (() => void) | undefined;

  constructor(options: DriverOptions) {
    this.#now = options.now;
    this.#options = options;
    this.#requester = new Requester(options.requester);
  }

  /**
   * Admits a Call. `settled` is called exactly once, possibly before this returns (a one-way Call to a connected device).
   * The id is for `cancel`.
   */
  call(request: CallRequest, settled: SettledCallback): CallId {
    const call = this.#calls++;
    const since = this.#now();
    this.#waiting.set(call, { settled, since });
    this.#options.ledger?.accepted(call, request.params, since);
    this.#admit(call, request, false);
    return call;
  }

  /** Admits a persistent Call, whose owner learns of it by `status` only, possibly before this returns: so `named` comes first. */
  callPersistent(request: CallRequest, named: (call: CallId) => void): void {
    const call = this.#calls++;
    named(call);
    this.#admit(call, request, true);
  }

  /** A persistent Call from before a restart. */
  restore(request: RestoreRequest, named: (call: CallId) => void): void {
    const call = this.#calls++;
    named(call);
    this.#apply({ ...request, kind: "restore", call });
  }

  /** A persistent Call is to be forgotten. */
  delete(call: CallId): void {
    this.#apply({ kind: "delete", call });
  }

  /** The caller went away: the Call ends, a reply from now on is late. Nothing happens when it has settled. */
  cancel(call: CallId): void {
    if (this.#waiting.has(call)) this.#apply({ kind: "cancel", call });
  }

  reply(device: string, requestId: number, payload: string): void {
    this.#apply({ kind: "reply", device, requestId, payload });
  }

  /** A connection said that it has a request. */
  acknowledged(device: string, requestId: number): void {
    this.#apply({ kind: "ack", device, requestId });
  }

  /** A transport could not convert or write a request (S19); the caller gets `payload` as the reply. */
  undeliverable(device: string, requestId: number, payload: string): void {
    this.#apply({ kind: "undeliverable", device, requestId, payload });
  }

  subscribed(device: string, session: SessionId, { acks, oneShot }: { acks: boolean; oneShot: boolean }): void {
    this.#apply({ kind: "subscribed", device, session, acks, oneShot });
  }

  /** A connection wants no more requests, or is gone. */
  left(kind: "unsubscribed" | "offline", device: string, session: SessionId): void {
    this.#apply({ kind, device, session });
  }

  totals(): DriverTotals {
    return {
      calls: this.#calls,
      pending: this.#requester.pending,
      strays: { ...this.#strays },
      settled: { ...this.#settled },
    };
  }

  /** Resolves when no caller waits, or after `patienceMs`. */
  async settled(patienceMs: number): Promise<void> {
    if (this.#waiting.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, patienceMs);
      this.#idle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Ends every waiting Call as `cancelled` and stops the timer. */
  close(): void {
    this.#closed = true;
    for (const call of [...this.#waiting.keys()]) this.cancel(call);
    clearTimeout(this.#timer);
  }

  #admit(call: CallId, request: CallRequest, persistent: boolean): void {
    const { device, oneway, method, params, timeout, wall, retries } = request;
    this.#apply({ kind: "call", call, device, oneway, method, params, timeout, wall, retries, persistent });
  }

  #apply(input: RequesterInput): void {
    const effects = this.#requester.handle(input, this.#now());
    for (let i = 0; i < effects.length; i++) this.#carryOut(effects[i] as RequesterEffect);
    const deadline = this.#requester.deadline;
    // An armed timer that is too early is left alone: it fires, finds nothing due and arms itself again.
    if (deadline !== undefined && deadline < this.#wakesAt) this.#arm(deadline);
  }

  #carryOut(effect: RequesterEffect): void {
    switch (effect.kind) {
      case "deliver":
        this.#options.ledger?.dispatched(effect.call, this.#now());
        this.#options.deliver(effect);
        break;
      case "settle":
        this.#settle(effect.call, effect.settlement);
        break;
      case "status":
        this.#options.status(effect);
        break;
      case "close_session":
        this.#options.closeSession(effect.session);
        break;
      case "stray":
        this.#strays[effect.stray]++;
        break;
    }
  }

  #settle(call: CallId, settlement: Settlement): void {
    this.#settled[settlement.kind]++;
    const waiting = this.#waiting.get(call);
    const settled = waiting?.settled;
    if (waiting === undefined || settled === undefined) return;
    this.#waiting.delete(call);
    waiting.settled = undefined;
    const now = this.#now();
    this.#options.ended(now - waiting.since);
    this.#options.ledger?.settled(call, now);
    settled(settlement, call);
    if (this.#waiting.size === 0) this.#idle?.();
  }

  #arm(deadline: Instant): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    this.#wakesAt = deadline;
    const waitMs = Math.ceil((deadline - this.#now()) / MILLISECOND);
    this.#timer = setTimeout(this.#wake, Math.min(LONGEST_WAIT_MS, Math.max(0, waitMs)));
  }

  /** Node may fire up to 1 ms early, and a wait may have been cut: a tick before the deadline does nothing and arms the timer again. */
  readonly #wake = (): void => {
    this.#wakesAt = Number.POSITIVE_INFINITY;
    this.#apply({ kind: "tick" });
  };
}
