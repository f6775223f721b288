/**
 * Which requests, connection attempts and devices a fault fires on, the same for every fault:
 * - `p`: a share of what else is picked; `p=1%..10%` with `over` goes from one to the other in that time after the start;
 * - `method`: a name, `get*`, or several with `|`; `device`, `nth`: numbers such as `3`, `1|3` or `10..20`. `nth` counts what the
 *   other arguments pick, per device, from 1;
 * - `start`, `stop`, `for`, `every`: when, see Schedule;
 * - `name`: the name of its random stream, where two faults of a kind would share one.
 * Counts what it admitted and what it fired on, so that an idle fault is seen.
 */
import { chanceThreshold, faultPurpose, type RandomStream } from "../../protocol/random.ts";
import type { RequestContext } from "../../protocol/reaction.ts";
import type { Duration } from "../../protocol/time.ts";
import type { FormReader } from "../behaviour/form.ts";
import type { ConnectAttempt, FaultCounts } from "./device-fault.ts";
import { inNumberSet, type NumberSet, readNumberSet } from "./number-set.ts";
import { SCHEDULE_ARGUMENTS, Schedule } from "./schedule.ts";

export const SELECTOR_ARGUMENTS = ["p", "over", "method", "device", "nth", "name", ...SCHEDULE_ARGUMENTS] as const;

/** Draws about a device as a whole, its life and its connection attempts stand beyond those about calls. */
const DEVICE_DRAW = 0xffff_ffff;
const LIFE_DRAWS = 0x8000_0000;
const CONNECT_DRAWS = 0xc000_0000;

export interface SelectorOptions {
  readonly occurrence: number;
  /** False: the fault itself looks at its schedule. */
  readonly heedsSchedule: boolean;
}

export class Selector {
  readonly counts: FaultCounts = { matched: 0, fired: 0 };
  readonly schedule: Schedule;
  /** Name of this fault's random stream. */
  readonly stream: string;
  readonly #heedsSchedule: boolean;
  readonly #purpose: number;
  readonly #from: number;
  readonly #to: number;
  readonly #over: Duration;
  readonly #methods: readonly string[] | undefined;
  readonly #devices: NumberSet | undefined;
  readonly #nth: NumberSet | undefined;
  /** Per device, how often the rest of the selector matched; only kept for `nth`. */
  readonly #matches = new Map<number, number>();

  /** `occurrence` counts the faults of this name in one list from 1, so that two of them do not fire on the same requests. */
  constructor(form: string, reader: FormReader, { occurrence, heedsSchedule }: SelectorOptions) {
    this.#heedsSchedule = heedsSchedule;
    this.schedule = new Schedule(form, reader);
    this.stream = reader.text("name") ?? (occurrence === 1 ? form : `${form}#${occurrence}`);
    this.#purpose = faultPurpose(this.stream);
    const { from, to } = reader.shares("p", 0, 1);
    this.#from = chanceThreshold(from);
    this.#to = chanceThreshold(to);
    this.#over = reader.duration("over", -1, 0);
    if (from !== to && this.#over === 0) reader.problems.push(`${form}: p=from..to needs over, such as over=30s`);
    this.#methods = reader.text("method")?.split("|");
    const numbers = (key: string, least: number): NumberSet | undefined => {
      const text = reader.text(key);
      const set = text === undefined ? undefined : readNumberSet(text, least);
      if (text !== undefined && set === undefined) {
        reader.problems.push(
          `${form}: ${key} must be whole numbers from ${least} such as 3, 1|3 or 10..20, got "${text}"`,
        );
      }
      return set;
    };
    this.#devices = numbers("device", 0);
    this.#nth = numbers("nth", 1);
  }

  /**
   * Says whether the fault fires on a request; `random` is left in this fault's stream, behind that draw. `sticky`: the draw is
   * the device's, the same for all its requests.
   */
  fires(request: RequestContext, random: RandomStream, sticky = false): boolean {
    const { device, key, at } = request;
    if (!this.#admitsDevice(device) || !this.#admitsMethod(request.method)) return false;
    if (this.#heedsSchedule && !this.schedule.active(at)) return false;
    if (!this.#admitsOrdinal(device)) return false;
    return this.#count(random.seek(device, this.#purpose, sticky ? DEVICE_DRAW : key).fires(this.#threshold(at)));
  }

  /** The same for a connection attempt; `nth` counts attempts. */
  firesOnConnect({ device, attempt, at }: ConnectAttempt, random: RandomStream): boolean {
    if (!this.#admitsDevice(device) || !this.schedule.active(at)) return false;
    if (this.#nth !== undefined && !inNumberSet(this.#nth, attempt)) return false;
    return this.#count(random.seek(device, this.#purpose, CONNECT_DRAWS + attempt).fires(this.#threshold(at)));
  }

  /** Whether this device is one the fault befalls at all; one draw for its whole life. */
  picksDevice(device: number, random: RandomStream): boolean {
    if (!this.#admitsDevice(device)) return false;
    return random.seek(device, this.#purpose, DEVICE_DRAW).fires(this.#from);
  }

  /** This fault's stream for the n-th question about a device's life. */
  lifeDraw(device: number, question: number, random: RandomStream): RandomStream {
    return random.seek(device, this.#purpose, LIFE_DRAWS + question);
  }

  #count(drawn: boolean): boolean {
    this.counts.matched++;
    if (drawn) this.counts.fired++;
    return drawn;
  }

  #threshold(at: Duration): number {
    if (this.#from === this.#to) return this.#from;
    const share = Math.min(1, this.schedule.sinceStart(at) / this.#over);
    return Math.round(this.#from + (this.#to - this.#from) * share);
  }

  #admitsDevice(device: number): boolean {
    return this.#devices === undefined || inNumberSet(this.#devices, device);
  }

  #admitsMethod(method: string): boolean {
    if (this.#methods === undefined) return true;
    return this.#methods.some((wanted) =>
      wanted.endsWith("*") ? method.startsWith(wanted.slice(0, -1)) : method === wanted,
    );
  }

  #admitsOrdinal(device: number): boolean {
    if (this.#nth === undefined) return true;
    const ordinal = (this.#matches.get(device) ?? 0) + 1;
    this.#matches.set(device, ordinal);
    return inNumberSet(this.#nth, ordinal);
  }
}
