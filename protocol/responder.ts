/**
 * The device's end of device RPC: takes a request, lets its Faults judge it and its Behaviour decide a reaction, and answers when
 * the answer is due. A pure machine like the Requester: `handle(input, now)` returns effects, `deadline` says when `tick` matters.
 *
 * Every fault is asked for every request, each with its own random stream, whether or not another one fired. What fired is a set
 * of bits, by the fault's position in the list; so a device has at most 32 of them.
 */
import { type Answer, composeAnswer } from "./answer.ts";
import { type Arrival, firedBits, judge, type RequestInput, tellSpared } from "./arrival.ts";
import { DeadlineHeap, type Scheduled } from "./deadline-heap.ts";
import type { RandomStream } from "./random.ts";
import type { Address, Behaviour, EndHow, Fault, Payload, RequestContext, Verdict, WireForm } from "./reaction.ts";
import { type Duration, type Instant, SECOND } from "./time.ts";

export const MOST_FAULTS = 32;

export type ResponderInput =
  | RequestInput
  /** An effect `again` is carried out: the request has arrived once more, under a ticket of its own. */
  | { readonly kind: "again"; readonly ticket: number; readonly arrival: Arrival }
  /** The device's own connection ended: what came by it and was not answered yet never will be, but for replies that are kept. */
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
  /** The request of `ticket` arrives once more: to be handed back as an input of that name. */
  | { readonly kind: "again"; readonly ticket: number; readonly arrival: Arrival }
  | { readonly kind: "end"; readonly via: number; readonly how: EndHow; readonly reconnectAfter: Duration };

type ReplyEffect = ResponderEffect & { readonly kind: "reply" };

interface Pending extends Scheduled {
  readonly effect: ResponderEffect;
  /** Outlives the connection. */
  readonly keep: boolean;
  /** Replies that wait for the next connection once this has happened. */
  readonly kept?: readonly ReplyEffect[] | undefined;
  /** Bytes per second of the link that is still to be passed. */
  pace?: number | undefined;
  /** How many replies are to leave before this one, and how long it waits for them; still to begin. */
  behind?: (Verdict & { kind: "behind" }) | undefined;
  /** Those that are still to leave; it waits for them. */
  awaited?: number;
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
  /** Replies that let others go first. */
  #overtaken: Pending[] = [];
  /** When a paced link has carried what it was given. */
  #linkFree: Instant = 0;

  constructor(options: ResponderOptions) {
    this.#options = options;
  }

  get deadline(): Instant | undefined {
    return this.#pending?.firstDeadline;
  }

  /** Replies, acknowledgements and endings that are still to come. */
  get pending(): number {
    return (this.#pending?.size ?? 0) + (this.#kept?.length ?? 0);
  }

  handle(input: ResponderInput, now: Instant): readonly ResponderEffect[] {
    const effects: ResponderEffect[] = [];
    if (input.kind === "request") this.#receive(input, now, effects);
    else if (input.kind === "again") this.#act(input.arrival, input.ticket, now, effects);
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
    this.#overtaken = [];
    for (let entry = lost?.first; lost !== undefined && entry !== undefined; entry = lost.first) {
      const deadline = lost.firstDeadline as Instant;
      lost.remove(entry);
      const { effect, keep, kept, pace, behind } = entry;
      if (viaOf(effect) !== 0) this.#schedule(effect, deadline, { keep, kept, pace, behind });
      else if (keep) this.#schedule(effect, deadline, { keep: true, kept: kept ?? [] });
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
    this.#overtaken = [];
    this.#requests = 0;
    this.#options.behaviour.forget?.(this.#options.device);
  }

  #receive(input: RequestInput, now: Instant, effects: ResponderEffect[]): void {
    const { device } = this.#options;
    const { ticket, requestId, method, params, at } = input;
    const ordinal = ++this.#requests;
    const key = input.call ?? ordinal - 1;
    const request: RequestContext = { device, key, ordinal, method, params, requestId, at };
    const arrival = judge(input, request, this.#options);
    if (arrival.verdicts.some(({ kind }) => kind === "lose")) {
      effects.push({ kind: "programmed", ticket, delay: undefined, faults: firedBits(arrival, undefined) });
      return;
    }
    const again = this.#act(arrival, ticket, now, effects);
    if (again === undefined) return;
    for (let copy = 1; copy <= again.copies; copy++) {
      this.#schedule({ kind: "again", ticket, arrival }, now + copy * again.gap);
    }
  }

  /** The device acts on a request, and programmes what comes of it. */
  #act(arrival: Arrival, ticket: number, now: Instant, effects: ResponderEffect[]): Answer["again"] {
    const { behaviour, random } = this.#options;
    const { via, delivery, params } = arrival.input;
    const answer = composeAnswer(behaviour.react(arrival.request, random), params, arrival.verdicts);
    const replies = answer.end?.instead !== true || answer.keep;
    const faults = firedBits(arrival, answer.idle);
    if (arrival.origins.length > 0 && ticket === arrival.input.ticket)
      tellSpared(this.#options.faults, arrival, faults);
    effects.push({ kind: "programmed", ticket, delay: replies ? answer.delay : undefined, faults });
    if (delivery !== undefined && answer.ack !== undefined) {
      const acknowledge: ResponderEffect = { kind: "acknowledge", via, delivery };
      if (answer.ack === 0) effects.push(acknowledge);
      else this.#schedule(acknowledge, now + answer.ack);
    }
    if (answer.delay !== undefined) this.#promise(answer, arrival, ticket, now + answer.delay);
    return answer.again;
  }

  /** Schedules the reply with its copies, and an ending. */
  #promise(answer: Answer, { input }: Arrival, ticket: number, due: Instant): void {
    const { via, requestId } = input;
    const { payload, address, wire, keep, gap, end, pace, behind } = answer;
    const reply: ReplyEffect = { kind: "reply", ticket, via, requestId, payload, address, wire };
    if (end?.instead !== true) {
      for (let copy = 0; copy <= answer.copies; copy++) this.#schedule(reply, due + copy * gap, { keep, pace, behind });
    }
    if (end === undefined) return;
    const { how, reconnectAfter } = end;
    const kept = end.instead && keep ? [reply] : [];
    this.#schedule({ kind: "end", via, how, reconnectAfter }, due, { keep: kept.length > 0, kept });
  }

  #schedule(effect: ResponderEffect, deadline: Instant, more: Partial<Pending> = {}): void {
    this.#pending ??= new DeadlineHeap();
    this.#pending.add({ keep: false, ...more, effect, heapIndex: -1 }, deadline);
  }

  #release(now: Instant, effects: ResponderEffect[]): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    for (let due = pending.first; due !== undefined; due = pending.first) {
      const deadline = pending.firstDeadline as Instant;
      if (deadline > now) return;
      pending.remove(due);
      if (!this.#online && viaOf(due.effect) === 0) this.#keep(due);
      else if (!this.#detained(due, deadline, pending)) this.#let(due, pending, effects);
    }
  }

  #keep({ effect, keep, kept }: Pending): void {
    if (!keep) return;
    this.#kept = [...(this.#kept ?? []), ...(kept ?? [])];
    if (effect.kind === "reply") this.#kept.push(effect);
  }

  /** True when the reply must pass a slow link, or lets others go first: it is due again later. */
  #detained(due: Pending, deadline: Instant, pending: DeadlineHeap<Pending>): boolean {
    const { effect, pace, behind } = due;
    if (effect.kind !== "reply") return false;
    if (pace !== undefined) {
      due.pace = undefined;
      this.#linkFree = Math.max(deadline, this.#linkFree) + Math.ceil((effect.payload.length * SECOND) / pace);
      pending.move(due, this.#linkFree);
      return true;
    }
    if (behind === undefined) return false;
    due.behind = undefined;
    due.awaited = behind.replies;
    pending.move(due, deadline + behind.within);
    this.#overtaken.push(due);
    return true;
  }

  /** Lets an effect out, and after a reply those that waited for it. */
  #let(due: Pending, pending: DeadlineHeap<Pending>, effects: ResponderEffect[]): void {
    const { effect, kept } = due;
    effects.push(effect);
    if (kept !== undefined) this.#kept = [...(this.#kept ?? []), ...kept];
    if (effect.kind !== "reply" || this.#overtaken.length === 0) return;
    this.#overtaken = this.#overtaken.filter((each) => each !== due);
    if (due.awaited !== undefined) return;
    for (const each of this.#overtaken) {
      each.awaited = (each.awaited as number) - 1;
      if (each.awaited > 0) continue;
      pending.remove(each);
      effects.push(each.effect);
    }
    this.#overtaken = this.#overtaken.filter(({ awaited }) => awaited !== 0);
  }
}

/** Which of the device's connections an effect belongs to. */
function viaOf(effect: ResponderEffect): number {
  if (effect.kind === "again") return effect.arrival.input.via;
  return effect.kind === "programmed" ? 0 : effect.via;
}
