/**
 * A caller's columns -> what is new in them since the last look. Nothing is done for it when a call is sent or answered: a look
 * walks the rows that were begun since the last one and those that were still open then, so it costs what happened in between,
 * however many calls the run has.
 */
import type { CallColumns } from "../../protocol/call-records.ts";
import type { Instant } from "../../protocol/time.ts";
import type { CallProgress } from "./call-batch.ts";
import { EndedCallsBuffer } from "./ended-calls.ts";

/** A caller's columns as they stand. Rows of the plan come first; rows that were added as the run went on are behind them. */
export interface CallRows {
  readonly columns: CallColumns;
  /** Rows of the plan; 0 in a closed workload. */
  readonly planned: number;
  /** Rows of the plan that were sent, or were about to be. */
  readonly begun: number;
}

/** What the columns can tell; how busy it was is not in the columns. */
export type ThreadProgress = Omit<CallProgress, "busy">;

export class ProgressFold {
  readonly #ended = new EndedCallsBuffer();
  #open = new Int32Array(1_024);
  #openCount = 0;
  /** Rows of the plan below this, and added rows below the other, were looked at before. */
  #nextPlanned = 0;
  #nextAdded = 0;
  #due = 0;
  #settled = 0;

  /** What is new at `at`, an instant since the batch's origin. */
  take(rows: CallRows, at: Instant): ThreadProgress {
    this.#walk(rows, rows.begun);
    return this.#progress(rows, at);
  }

  /** The same when no row will change any more: what has not ended never will, and is told as its row has it. */
  takeLast(rows: CallRows, at: Instant): ThreadProgress {
    this.#walk(rows, rows.planned);
    for (let index = 0; index < this.#openCount; index++) this.#end(rows, this.#open[index] as number);
    this.#openCount = 0;
    return this.#progress(rows, at);
  }

  #walk(rows: CallRows, begun: number): void {
    const stillOpen = this.#openCount;
    this.#openCount = 0;
    for (let index = 0; index < stillOpen; index++) this.#look(rows, this.#open[index] as number);
    while (this.#nextPlanned < begun) this.#look(rows, this.#nextPlanned++);
    this.#nextAdded = Math.max(this.#nextAdded, rows.planned);
    while (this.#nextAdded < rows.columns.length) this.#look(rows, this.#nextAdded++);
  }

  #look(rows: CallRows, row: number): void {
    if (!Number.isNaN(rows.columns.settledUs[row] as number)) {
      this.#end(rows, row);
      return;
    }
    if (this.#openCount === this.#open.length) {
      const bigger = new Int32Array(2 * this.#open.length);
      bigger.set(this.#open);
      this.#open = bigger;
    }
    this.#open[this.#openCount++] = row;
  }

  #end({ columns }: CallRows, row: number): void {
    this.#ended.add(columns, row);
    if (!Number.isNaN(columns.settledUs[row] as number)) this.#settled++;
  }

  #progress({ columns, planned, begun }: CallRows, at: Instant): ThreadProgress {
    const added = columns.length - planned;
    while (this.#due < planned && (columns.intendedUs[this.#due] as number) <= at) this.#due++;
    return { at, due: this.#due + added, sent: begun + added, settled: this.#settled, ended: this.#ended.take() };
  }
}
