/**
 * A device's policy written by the user, in a TypeScript file that exports `behaviour`:
 *
 *     import { defineBehaviour } from "rpcfleet/behaviour";
 *
 *     export const behaviour = defineBehaviour({
 *       state: () => ({ opened: 0 }),
 *       methods: {
 *         open: ({ state }) => ({ opened: ++state.opened }),
 *         close: ({ later, random, never }) => (random.chance(0.01) ? never() : later("2s", { closed: true })),
 *       },
 *     });
 *
 * Time and chance come as arguments, so that a device does the same in every run of a seed. What a method throws is that
 * device's error reply; it is told once, and the run goes on. Methods that are not there, and delays that are not given, are
 * those of the cohort's own programme.
 */
import type { Json } from "../../protocol/message.ts";
import { PURPOSE, type RandomStream } from "../../protocol/random.ts";
import type { Behaviour, Reaction, RequestContext } from "../../protocol/reaction.ts";
import { type Duration, parseDuration } from "../../protocol/time.ts";

/** Chance for one request: the same draws for the same seed, device and call. */
export interface UserRandom {
  /** In the open interval (0, 1). */
  uniform(): number;
  /** A whole number from 0 to `bound` - 1. */
  below(bound: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
}

/** An answer with a delay of its own, or none: made by `later` and `never`. */
export class UserAnswer {
  readonly delay: Duration | undefined;
  readonly reply: Json;

  constructor(delay: Duration | undefined, reply: Json) {
    this.delay = delay;
    this.reply = reply;
  }
}

/** One request as a user's method sees it. */
export interface UserCall<State> {
  readonly method: string;
  readonly params: Json;
  /** Ordinal of the device. */
  readonly device: number;
  /** 1 for the first request this device received. */
  readonly ordinal: number;
  /** Microseconds since the run began, 0 before it. */
  readonly at: Duration;
  /** This device's own; may be changed. */
  readonly state: State;
  readonly random: UserRandom;
  /** Answers so long after the request arrived: `later("2s", reply)`, or microseconds. */
  later(delay: string | Duration, reply: Json): UserAnswer;
  never(): UserAnswer;
}

export type UserMethod<State> = (call: UserCall<State>) => Json | undefined | UserAnswer;

export interface UserProgramme<State> {
  /** What a device begins with, and begins with again after a reboot. */
  readonly state?: (device: number) => State;
  readonly methods: Readonly<Record<string, UserMethod<State>>>;
}

/** Gives the author of a behaviour completion and type errors; the value is returned as it is. */
export function defineBehaviour<State>(programme: UserProgramme<State>): UserProgramme<State> {
  return programme;
}

/** What went wrong in a user's method, told once for each message. */
export interface BehaviourError {
  readonly method: string;
  readonly message: string;
  /** The first device it happened to, and when. */
  readonly device: number;
  readonly at: Duration;
  count: number;
}

/** Different messages that are told apart; what a broken method says may hold anything. */
const MOST_ERRORS = 20;

/** The user's methods over a cohort's own programme. */
export class UserBehaviour implements Behaviour {
  readonly errors: BehaviourError[] = [];
  readonly #programme: UserProgramme<unknown>;
  readonly #own: Behaviour;
  readonly #states = new Map<number, unknown>();

  constructor(programme: UserProgramme<unknown>, own: Behaviour) {
    this.#programme = programme;
    this.#own = own;
  }

  react(request: RequestContext, random: RandomStream): Reaction {
    const { methods } = this.#programme;
    const method = Object.hasOwn(methods, request.method) ? methods[request.method] : undefined;
    const own = this.#own.react(request, random);
    if (method === undefined) return own;
    try {
      const answer = method(this.#callOf(request, random));
      const { delay, reply } = answer instanceof UserAnswer ? answer : { delay: own.delay, reply: answer };
      return { delay, reply: checkedReply(reply) };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#note(request, message);
      return { delay: own.delay, reply: { error: message } };
    }
  }

  forget(device: number): void {
    this.#states.delete(device);
    this.#own.forget?.(device);
  }

  #callOf({ method, params, device, key, ordinal, at }: RequestContext, random: RandomStream): UserCall<unknown> {
    const stream = random.seek(device, PURPOSE.userBehaviour, key);
    return {
      method,
      params,
      device,
      ordinal,
      at,
      state: this.#stateOf(device),
      random: {
        uniform: () => stream.uniform(),
        below: (bound) => stream.below(bound),
        chance: (probability) => stream.uniform() < probability,
      },
      later: (delay, reply) => new UserAnswer(checkedDelay(delay), reply),
      never: () => new UserAnswer(undefined, null),
    };
  }

  #stateOf(device: number): unknown {
    if (!this.#states.has(device)) this.#states.set(device, this.#programme.state?.(device));
    return this.#states.get(device);
  }

  #note({ method, device, at }: RequestContext, message: string): void {
    const known = this.errors.find((error) => error.method === method && error.message === message);
    if (known !== undefined) known.count++;
    else if (this.errors.length < MOST_ERRORS) this.errors.push({ method, message, device, at, count: 1 });
  }
}

function checkedDelay(delay: string | Duration): Duration {
  const value = typeof delay === "string" ? parseDuration(delay) : Math.round(delay);
  if (value === undefined || !(value >= 0)) {
    throw new RangeError(`later(): expected a delay such as "250ms" or microseconds, got ${JSON.stringify(delay)}`);
  }
  return value;
}

/** What is sent must be JSON; a promise would make order a matter of luck. */
function checkedReply(reply: unknown): Json {
  if (reply === undefined) return null;
  if (reply instanceof Promise) throw new TypeError("a method must answer at once, not with a promise; use later()");
  if (JSON.stringify(reply) === undefined) throw new TypeError(`a method must answer with JSON, not a ${typeof reply}`);
  return reply as Json;
}
