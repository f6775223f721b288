/**
 * The device's end of device RPC: takes a request, lets its Behaviour decide a reaction and its Faults judge it, and answers when
 * the reaction is due. A pure machine like the Requester: `handle(input, now)` returns effects, `deadline` says when `tick` matters.
 *
 * Faults are asked in the order they were declared, each with its own random stream whether or not an earlier one fired. A
 * `drop` silences the reply for good; of several holds the longest counts; the last replacement and the last disconnect win.
 */
import { DeadlineHeap, type Scheduled } from "./deadline-heap.ts";
import type { Json } from "./message.ts";
import { NONCE_KEY, readNonce } from "./nonce.ts";
import type { RandomStream } from "./random.ts";
import type { Duration, Instant } from "./time.ts";

/** One request as a Behaviour or a Fault sees it. */
export interface RequestContext {
  /** Ordinal of the device in its fleet: the entity of its random draws. */
  readonly device: number;
  /** Index of the Call when the request carries a nonce of this run, else how many requests this device had before. */
  readonly key: number;
  /** 1 for the first request this device received. */
  readonly ordinal: number;
  readonly method: string;
  readonly params: Json;
}

/** A device's decision for one request: what it says and how long it takes. */
export interface Reaction {
  readonly delay: Duration;
  readonly reply: Json;
}

/** A device's policy. Draws come from `random`, which the Behaviour positions with `seek`. */
export interface Behaviour {
  react(request: RequestContext, random: RandomStream): Reaction;
}

/** What a Fault decides for one reply. */
export type Verdict =
  | { readonly kind: "pass" }
  | { readonly kind: "drop" }
  /** The reply leaves no earlier than this after the request arrived. */
  | { readonly kind: "hold"; readonly until: Duration }
  | { readonly kind: "replace"; readonly reply: Json }
  /** Instead of replying the device ends its connection, and comes back after a while. */
  | { readonly kind: "disconnect"; readonly reconnectAfter: Duration };

export interface Fault {
  readonly name: string;
  judge(request: RequestContext, random: RandomStream): Verdict;
}

export type ResponderInput =
  | {
      readonly kind: "request";
      /** Any number the driver wants to see again with the effects of this request. */
      readonly ticket: number;
      readonly requestId: number;
      readonly method: string;
      readonly params: Json;
      /** Index of the Call named by the nonce, when it is one of this run. */
      readonly call: number | undefined;
    }
  /** The connection ended: what was not answered yet never will be. */
  | { readonly kind: "offline" }
  | { readonly kind: "tick" };

export type ResponderEffect =
  | {
      readonly kind: "programmed";
      readonly ticket: number;
      /** How long the device will take, undefined when it will not answer. */
      readonly delay: Duration | undefined;
      /** 1 + position of the last fault that fired, 0 when none did. */
      readonly fault: number;
    }
  | { readonly kind: "reply"; readonly ticket: number; readonly requestId: number; readonly payload: string }
  | { readonly kind: "disconnect"; readonly ticket: number; readonly reconnectAfter: Duration };

interface Pending extends Scheduled {
  readonly ticket: number;
  readonly requestId: number;
  readonly payload: string;
  readonly reconnectAfter: Duration | undefined;
}

export interface ResponderOptions {
  readonly device: number;
  readonly behaviour: Behaviour;
  readonly faults: readonly Fault[];
  /** May be shared by all devices of a thread: every use seeks first. */
  readonly random: RandomStream;
}

export class Responder {
  readonly #options: ResponderOptions;
  #pending: DeadlineHeap<Pending> | undefined;
  #requests = 0;

  constructor(options: ResponderOptions) {
    this.#options = options;
  }

  get deadline(): Instant | undefined {
    return this.#pending?.first?.deadline;
  }

  /** Replies that are still to come. */
  get pending(): number {
    return this.#pending?.size ?? 0;
  }

  handle(input: ResponderInput, now: Instant): readonly ResponderEffect[] {
    const effects: ResponderEffect[] = [];
    if (input.kind === "offline") this.#pending = undefined;
    if (input.kind === "request") this.#receive(input, now, effects);
    this.#release(now, effects);
    return effects;
  }

  #receive(input: ResponderInput & { kind: "request" }, now: Instant, effects: ResponderEffect[]): void {
    const { device, behaviour, faults, random } = this.#options;
    const ordinal = ++this.#requests;
    const key = input.call ?? ordinal - 1;
    const request: RequestContext = { device, key, ordinal, method: input.method, params: input.params };
    const reaction = behaviour.react(request, random);
    let { delay, reply } = reaction;
    let dropped = false;
    let reconnectAfter: Duration | undefined;
    let fault = 0;
    for (const [position, candidate] of faults.entries()) {
      const verdict = candidate.judge(request, random);
      if (verdict.kind === "pass") continue;
      fault = position + 1;
      if (verdict.kind === "drop") dropped = true;
      else if (verdict.kind === "hold") delay = Math.max(delay, verdict.until);
      else if (verdict.kind === "replace") reply = verdict.reply;
      else reconnectAfter = verdict.reconnectAfter;
    }
    const silent = dropped || reconnectAfter !== undefined;
    effects.push({ kind: "programmed", ticket: input.ticket, delay: silent ? undefined : delay, fault });
    if (dropped) return;
    this.#pending ??= new DeadlineHeap();
    this.#pending.add({
      ticket: input.ticket,
      requestId: input.requestId,
      payload: JSON.stringify(echoNonce(reply, input.params)),
      reconnectAfter,
      deadline: now + delay,
      heapIndex: -1,
      heapSequence: 0,
    });
  }

  #release(now: Instant, effects: ResponderEffect[]): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    for (let due = pending.first; due !== undefined && due.deadline <= now; due = pending.first) {
      pending.remove(due);
      if (due.reconnectAfter === undefined) {
        effects.push({ kind: "reply", ticket: due.ticket, requestId: due.requestId, payload: due.payload });
      } else {
        effects.push({ kind: "disconnect", ticket: due.ticket, reconnectAfter: due.reconnectAfter });
      }
    }
  }
}

/** The reply with the request's nonce in it; a reply that is not an object is wrapped, so that the nonce has a place. */
function echoNonce(reply: Json, params: Json): Json {
  const nonce = readNonce(params);
  if (nonce === undefined) return reply;
  const isObject = reply !== null && typeof reply === "object" && !Array.isArray(reply);
  return isObject ? { ...reply, [NONCE_KEY]: nonce } : { value: reply, [NONCE_KEY]: nonce };
}
