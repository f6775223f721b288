/**
 * How calls ended, in the order in which they were seen to: what a caller tells while it runs. Its thread only copies three
 * numbers of each call; whoever looks does the arithmetic.
 */
import type { CallColumns } from "../../protocol/call-records.ts";

export interface EndedCalls {
  /** Codes of their Outcomes, see OUTCOME_CODE. */
  readonly outcome: Uint8Array;
  /** Settled - intended start, microseconds; NaN when the call was never sent. */
  readonly responseUs: Float64Array;
  /** Sent - intended start, microseconds; NaN when the call was never sent. */
  readonly sendLagUs: Float64Array;
}

const FIRST_CAPACITY = 1_024;

/** Fills up between two messages; its own arrays stay and only double, so adding a call allocates nothing. */
export class EndedCallsBuffer {
  #length = 0;
  #outcome = new Uint8Array(FIRST_CAPACITY);
  #responseUs = new Float64Array(FIRST_CAPACITY);
  #sendLagUs = new Float64Array(FIRST_CAPACITY);

  /** The call of this row has ended, as its row says now. */
  add({ intendedUs, sentUs, settledUs, outcome }: CallColumns, row: number): void {
    if (this.#length === this.#outcome.length) this.#grow();
    const intended = intendedUs[row] as number;
    this.#outcome[this.#length] = outcome[row] as number;
    this.#responseUs[this.#length] = (settledUs[row] as number) - intended;
    this.#sendLagUs[this.#length] = (sentUs[row] as number) - intended;
    this.#length++;
  }

  /** Everything since the last time, in arrays that are the receiver's own. */
  take(): EndedCalls {
    const length = this.#length;
    this.#length = 0;
    return {
      outcome: this.#outcome.slice(0, length),
      responseUs: this.#responseUs.slice(0, length),
      sendLagUs: this.#sendLagUs.slice(0, length),
    };
  }

  #grow(): void {
    const doubled = <T extends Uint8Array | Float64Array>(bigger: T, full: T): T => {
      bigger.set(full);
      return bigger;
    };
    const capacity = 2 * this.#outcome.length;
    this.#outcome = doubled(new Uint8Array(capacity), this.#outcome);
    this.#responseUs = doubled(new Float64Array(capacity), this.#responseUs);
    this.#sendLagUs = doubled(new Float64Array(capacity), this.#sendLagUs);
  }
}
