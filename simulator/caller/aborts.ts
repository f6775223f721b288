/** Calls that their caller will give up, each drawn for itself, and the connections to close when it does. */
import { ENTITY, PURPOSE, RandomStream, seedFrom } from "../../protocol/random.ts";
import type { Duration } from "../../protocol/time.ts";
import { isProblem } from "../behaviour/form.ts";
import { type AbortRule, parseAbort } from "./abort-form.ts";
import type { HttpConnection } from "./http-connection.ts";

export class Aborts {
  readonly #rule: AbortRule;
  readonly #random: RandomStream;
  /** By row: what carries it. */
  readonly #leaving = new Map<number, HttpConnection>();

  /** Throws when the text is no abort form: it was checked before the run. */
  constructor(text: string, seed: string) {
    const rule = parseAbort(text);
    if (isProblem(rule)) throw new Error(rule.message);
    this.#rule = rule;
    this.#random = new RandomStream(seedFrom(seed));
  }

  get after(): Duration {
    return this.#rule.after;
  }

  /** Whether the call of this index in the run will be given up. */
  draw(row: number, index: number, connection: HttpConnection): boolean {
    const leaves = this.#random.seek(ENTITY.workload, PURPOSE.callerAbort, index).fires(this.#rule.threshold);
    if (leaves) this.#leaving.set(row, connection);
    return leaves;
  }

  /** The call goes on over another connection. */
  move(row: number, connection: HttpConnection): void {
    if (this.#leaving.has(row)) this.#leaving.set(row, connection);
  }

  /** Takes out what carries a call that ends, or was to be given up now. */
  take(row: number): HttpConnection | undefined {
    const connection = this.#leaving.get(row);
    this.#leaving.delete(row);
    return connection;
  }
}
