/** How long the callers of a closed workload wait between an answer and their next call: drawn per caller and call. */
import { RandomStream, seedFrom } from "../../protocol/random.ts";
import type { Duration, Instant } from "../../protocol/time.ts";
import { isProblem } from "../behaviour/form.ts";
import { type Latency, parseLatency } from "../behaviour/latency.ts";

export class Thinking {
  readonly #latency: Latency;
  readonly #random: RandomStream;
  /** Thoughts each caller has had. */
  readonly #thoughts: Uint32Array;

  /** Throws when the text is no latency form: it was checked before the run. */
  constructor(text: string, callers: number, seed: string) {
    const latency = parseLatency(text);
    if (isProblem(latency)) throw new Error(latency.message);
    this.#latency = latency;
    // The same form as a device's: with the same stream, caller and device of one number would draw alike.
    this.#random = new RandomStream(seedFrom(`${seed}/think`));
    this.#thoughts = new Uint32Array(callers);
  }

  /** Microseconds that this caller thinks after an answer at `at`; Infinity when it never calls again. */
  next(caller: number, at: Instant): Duration {
    const key = this.#thoughts[caller] as number;
    this.#thoughts[caller] = key + 1;
    const context = { device: caller, key, ordinal: key + 1, at: Math.round(at) };
    return this.#latency.draw(context, this.#random) ?? Number.POSITIVE_INFINITY;
  }
}
