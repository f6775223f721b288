/** The series and the counts of a run, kept by workload step: a run, a step of it and its steps up to the knee are sums of them. */
import type { Duration } from "../protocol/time.ts";
import type { Fold, JoinedCalls } from "./joined-calls.ts";
import { createSeries, mergeSeries, recordCall, recordDevice, type Series } from "./series.ts";
import { createTally, mergeTally, type Tally, tallyCall } from "./tally.ts";

export interface Measured {
  readonly series: Series;
  readonly tally: Tally;
}

export class MeasuredSteps implements Fold {
  readonly #timeout: Duration;
  readonly #steps = new Map<number, Measured>();

  constructor(timeout: Duration) {
    this.#timeout = timeout;
  }

  add(batch: JoinedCalls): void {
    for (let row = 0; row < batch.length; ) {
      const index = batch.step[row] as number;
      const { series, tally } = this.#open(index);
      // Steps follow each other: most batches lie in one.
      for (; row < batch.length && batch.step[row] === index; row += 1) {
        tallyCall(tally, batch, row);
        recordCall(series, batch, row);
        recordDevice(series, batch, row);
      }
    }
  }

  /** Of one step; empty when none of its Calls was planned. */
  step(index: number): Measured {
    return this.#steps.get(index) ?? this.#empty();
  }

  /** Of all steps up to this one. */
  upTo(last: number): Measured {
    const sum = this.#empty();
    for (const [index, { series, tally }] of this.#steps) {
      if (index > last) continue;
      mergeSeries(sum.series, series);
      mergeTally(sum.tally, tally);
    }
    return sum;
  }

  /** Of the whole run. */
  whole(): Measured {
    return this.upTo(Number.POSITIVE_INFINITY);
  }

  #open(index: number): Measured {
    const known = this.#steps.get(index);
    if (known !== undefined) return known;
    const opened = this.#empty();
    this.#steps.set(index, opened);
    return opened;
  }

  #empty(): Measured {
    return { series: createSeries(this.#timeout), tally: createTally() };
  }
}
