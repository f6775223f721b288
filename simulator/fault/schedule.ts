/**
 * When a fault is switched on, in time since the run's origin: `start`, `stop`, and with `for` and `every` a duty cycle. Without
 * any of them it always is, also before the origin. A window holds its first instant and not its last.
 */
import type { Duration } from "../../protocol/time.ts";
import type { FormReader } from "../behaviour/form.ts";

export const SCHEDULE_ARGUMENTS = ["start", "stop", "for", "every"] as const;

export interface Window {
  readonly from: Duration;
  /** Infinity: it stays on. */
  readonly to: Duration;
}

const UNSET = -1;
/** Windows that a timeline names. */
const MOST_SHOWN = 100;

export class Schedule {
  /** True when nothing of it was given. */
  readonly always: boolean;
  readonly #start: Duration;
  readonly #stop: Duration;
  readonly #on: Duration;
  readonly #period: Duration;

  constructor(name: string, reader: FormReader) {
    const read = (key: string): Duration => reader.duration(key, -1, UNSET);
    const [start, stop, on, every] = [read("start"), read("stop"), read("for"), read("every")];
    this.always = start === UNSET && stop === UNSET && on === UNSET && every === UNSET;
    this.#start = Math.max(0, start);
    this.#on = on === UNSET ? Number.POSITIVE_INFINITY : on;
    this.#period = every === UNSET ? Number.POSITIVE_INFINITY : every;
    this.#stop = stop === UNSET ? Number.POSITIVE_INFINITY : stop;
    if (this.#stop <= this.#start) reader.problems.push(`${name}: stop must come after start`);
    if (every !== UNSET && on === UNSET) reader.problems.push(`${name}: every needs for, the length of each time`);
    if (on === 0 || every === 0) reader.problems.push(`${name}: for and every must be more than zero`);
    if (on > every && every !== UNSET) reader.problems.push(`${name}: for must not be longer than every`);
  }

  /** Whether the fault is on at an instant since the origin. */
  active(at: Duration): boolean {
    if (this.always) return true;
    if (at < this.#start || at >= this.#stop) return false;
    const since = at - this.#start;
    return (this.#period === Number.POSITIVE_INFINITY ? since : since % this.#period) < this.#on;
  }

  /** How long the window that holds `at` still lasts; Infinity when it has no end. */
  remaining(at: Duration): Duration {
    const since = at - this.#start;
    const into = this.#period === Number.POSITIVE_INFINITY ? since : since % this.#period;
    return Math.min(this.#on - into, this.#stop - at);
  }

  /** The first instant from `at` on at which the fault is off; Infinity when it stays on. */
  nextOff(at: Duration): Duration {
    if (!this.active(at)) return at;
    const end = at + this.remaining(at);
    // Without a pause between them all windows are one.
    return end < this.#stop && this.#on === this.#period ? this.#stop : end;
  }

  /** The instant by which so much time has passed since `at` during which the fault was off. */
  afterOff(at: Duration, span: Duration): Duration {
    let now = this.nextOff(at);
    for (let left = span; now < Number.POSITIVE_INFINITY; now = this.nextOff(now)) {
      const next = this.#nextOn(now);
      if (next - now > left) return now + left;
      left -= next - now;
      now = next;
    }
    return now;
  }

  /** The first instant from `at` on at which the fault is on; Infinity when there is none. */
  #nextOn(at: Duration): Duration {
    if (at < this.#start) return this.#start;
    const next =
      this.#period === Number.POSITIVE_INFINITY
        ? at
        : this.#start + Math.ceil((at - this.#start) / this.#period) * this.#period;
    return this.active(next) ? next : Number.POSITIVE_INFINITY;
  }

  /** The windows in order. */
  *windows(): Generator<Window> {
    for (let from = this.#start; from < this.#stop; from += this.#period) {
      yield { from, to: Math.min(from + this.#on, this.#stop) };
    }
  }

  /** The first windows, for a timeline; none when the fault is always on. */
  shown(): readonly Window[] {
    if (this.always) return [];
    const windows: Window[] = [];
    for (const window of this.windows()) {
      windows.push(window);
      if (windows.length === MOST_SHOWN) break;
    }
    return windows;
  }

  /** Since the start, for values that change over time. */
  sinceStart(at: Duration): Duration {
    return Math.max(0, at - this.#start);
  }
}
