/** A caller's further tries: whether a call that ended so is repeated, and after how long. Draws are the call's own. */
import { RandomStream, seedFrom } from "../../protocol/random.ts";
import type { Duration } from "../../protocol/time.ts";
import { isProblem } from "../behaviour/form.ts";
import { parseRetry, type RetryRule } from "./retry-form.ts";

export interface EndedCall {
  readonly row: number;
  /** Index in the run. */
  readonly index: number;
  readonly device: number;
  /** Code of its Outcome. */
  readonly outcome: number;
}

export class Retries {
  readonly #rule: RetryRule;
  readonly #random: RandomStream;
  /** How many tries came before, of calls that are tries themselves. */
  readonly #tries = new Map<number, number>();

  /** Throws when the text is no retry form: it was checked before the run. */
  constructor(text: string, seed: string) {
    const rule = parseRetry(text);
    if (isProblem(rule)) throw new Error(rule.message);
    this.#rule = rule;
    // Waits share their purpose with the fleet's reconnects, so their stream is another.
    this.#random = new RandomStream(seedFrom(`${seed}/retry`));
  }

  get key(): RetryRule["key"] {
    return this.#rule.key;
  }

  /** How long after its end this call is repeated; undefined: it is not. The new row is told by `repeated`. */
  waitAfter({ row, index, device, outcome }: EndedCall): Duration | undefined {
    const tries = this.#tries.get(row) ?? 0;
    if (this.#rule.repeats[outcome] !== 1 || tries >= this.#rule.attempts) return undefined;
    return this.#rule.backoff.wait(tries + 1, { device, attempt: index }, this.#random);
  }

  repeated(row: number, by: number): void {
    this.#tries.set(by, (this.#tries.get(row) ?? 0) + 1);
    this.#tries.delete(row);
  }
}
