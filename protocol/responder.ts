/**
 * The device's end of device RPC: takes a request, lets its Faults judge it and its Behaviour decide a reaction, and answers when
 * the answer is due. A pure machine like the Requester: `handle(input, now)` returns effects, `deadline` says when `tick` matters.
 *
 * Every fault is asked for every request, each with its own random stream, whether or not another one fired. What fired is a set
 * of bits, by the fault's position in the list; so a device has at most 32 of them.
 */
import { composeAnswer } from "./answer.ts";
import { DeadlineHeap, type Scheduled } from "./deadline-heap.ts";
import type { Json } from "./message.ts";
import type { RandomStream } from "./random.ts";
import type { Address, Behaviour, EndHow, Fault, Payload, RequestContext, Verdict, WireForm } from "./reaction.ts";
import type { Duration, Instant } from "./time.ts";

export const MOST_FAULTS = 32;

export type ResponderInput =
  | {
      readonly kind: "request";
      /** Any number the driver wants to see again with the effects of this request. */
      readonly ticket: number;
      /** Which of the device's connections brought it; effects name the same one. */
      readonly via: number;
      readonly requestId: number;
      readonly method: string;
      readonly params: Json;
      /** Index of the Call named by the nonce, when it is one of this run. */
      readonly call: number | undefined;
      /** Since the run's origin, 0 before it. */
      readonly at: Duration;
      /** What an acknowledgement has to name; undefined when none is wanted. */
      readonly delivery: number | undefined;
    }
  /** The connection ended: what was not answered yet never will be, but for replies that are kept. */
  | { readonly kind: "offline" }
  /** There is a connection again: kept replies may go. */
  | { readonly kind: "online" }
  /** Switched off and on: nothing is remembered, nothing is kept. */
  | { readonly kind: "reboot" }
  | { readonly kind: "tick" };

export type ResponderEffect =
  | {
      readonly kind: "programmed";
      readonly ticket: number;
      /** How long the device will take, undefined when it will not answer. */
      readonly delay: Duration | undefined;
      /** Bit n: the fault at position n fired. */
      readonly faults: number;
    }
  | { readonly kind: "acknowledge"; readonly via: number; readonly delivery: number }
  | {
      readonly kind: "reply";
      readonly ticket: number;
      readonly via: number;
      readonly requestId: number;
      readonly payload: Payload;
      readonly address: Address | undefined;
      readonly wire: WireForm | undefined;
    }
  | { readonly kind: "end"; readonly via: number; readonly how: EndHow; readonly reconnectAfter: Duration };

interface Pending extends Scheduled {
  readonly effect: ResponderEffect;
  /** Outlives the connection. */
  readonly keep: boolean;
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
  /** Replies that fell due while there was no connection. */
  #kept: ResponderEffect[] | undefined;
  #online = true;
  #requests = 0;

  constructor(options: ResponderOptions) {
    this.#options = options;
  }

  get deadline(): Instant | undefined {
    return this.#pending?.first?.deadline;
  }

  /** Replies, acknowledgements and endings that are still to come. */
  get pending(): number {
    return (this.#pending?.size ?? 0) + (this.#kept?.length ?? 0);
  }

  handle(input: ResponderInput, now: Instant): readonly ResponderEffect[] {
    const effects: ResponderEffect[] = [];
    if (input.kind === "request") this.#receive(input, now, effects);
    else if (input.kind === "offline") this.#disconnect();
    else if (input.kind === "reboot") this.#reboot();
    else if (input.kind === "online") this.#reconnect(effects);
    this.#release(now, effects);
    return effects;
  }

  #disconnect(): void {
    this.#online = false;
    const lost = this.#pending;
    this.#pending = undefined;
    for (let entry = lost?.first; lost !== undefined && entry !== undefined; entry = lost.first) {
      lost.remove(entry);
      if (entry.keep) this.#schedule(entry.effect, entry.deadline, true);
    }
  }

  #reconnect(effects: ResponderEffect[]): void {
    this.#online = true;
    effects.push(...(this.#kept ?? []));
    this.#kept = undefined;
  }

  #reboot(): void {
    this.#pending = undefined;
    this.#kept = undefined;
    this.#requests = 0;
    this.#options.behaviour.forget?.(this.#options.device);
  }

  #receive(input: ResponderInput & { kind: "request" }, now: Instant, effects: ResponderEffect[]): void {
    const { device, behaviour, random } = this.#options;
    const { ticket, requestId, method, params, at } = input;
    const ordinal = ++this.#requests;
    const request: RequestContext = { device, key: input.call ?? ordinal - 1, ordinal, method, params, requestId, at };
    const { verdicts, faults } = this.#judge(request);
    if (verdicts.some(({ kind }) => kind === "lose")) {
      effects.push({ kind: "programmed", ticket, delay: undefined, faults });
      return;
    }
    const answer = composeAnswer(behaviour.react(request, random), params, verdicts);
    const { via, delivery } = input;
    const replies = answer.end?.instead !== true;
    effects.push({ kind: "programmed", ticket, delay: replies ? answer.delay : undefined, faults });
    if (delivery !== undefined && answer.ack !== undefined) {
      const acknowledge: ResponderEffect = { kind: "acknowledge", via, delivery };
      if (answer.ack === 0) effects.push(acknowledge);
      else this.#schedule(acknowledge, now + answer.ack, false);
    }
    if (answer.delay === undefined) return;
    const due = now + answer.delay;
    if (replies) {
      const { payload, address, wire, keep, gap } = answer;
      const reply: ResponderEffect = { kind: "reply", ticket, via, requestId, payload, address, wire };
      for (let copy = 0; copy <= answer.copies; copy++) this.#schedule(reply, due + copy * gap, keep);
    }
    if (answer.end !== undefined) {
      const { how, reconnectAfter } = answer.end;
      this.#schedule({ kind: "end", via, how, reconnectAfter }, due, false);
    }
  }

  /** The verdicts other than `pass`, and which faults gave them. */
  #judge(request: RequestContext): { verdicts: readonly Verdict[]; faults: number } {
    const { faults, random } = this.#options;
    if (faults.length === 0) return NO_VERDICTS;
    const verdicts: Verdict[] = [];
    let fired = 0;
    for (let position = 0; position < faults.length; position++) {
      const verdict = faults[position]?.judge?.(request, random);
      if (verdict === undefined || verdict.kind === "pass") continue;
      fired |= 1 << position;
      verdicts.push(verdict);
    }
    return { verdicts, faults: fired >>> 0 };
  }

  #schedule(effect: ResponderEffect, deadline: Instant, keep: boolean): void {
    this.#pending ??= new DeadlineHeap();
    this.#pending.add({ effect, keep, deadline, heapIndex: -1, heapSequence: 0 });
  }

  #release(now: Instant, effects: ResponderEffect[]): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    for (let due = pending.first; due !== undefined && due.deadline <= now; due = pending.first) {
      pending.remove(due);
      if (this.#online) effects.push(due.effect);
      else if (due.keep) this.#kept = [...(this.#kept ?? []), due.effect];
    }
  }
}

const NO_VERDICTS = { verdicts: [], faults: 0 } as const;
