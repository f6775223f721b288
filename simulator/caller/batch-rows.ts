/** The rows of a batch as it runs: which are begun, which wait for their instant, which have ended. */
import { type CallColumns, createCallColumns, growColumns } from "../../protocol/call-records.ts";
import { OUTCOME_CODE, type Outcome } from "../../protocol/outcome.ts";
import type { Instant } from "../../protocol/time.ts";
import type { CallBatch } from "./call-batch.ts";

export interface CallEnd {
  /** From the batch's origin. */
  readonly settledUs: Instant;
  readonly outcome: Outcome;
  readonly status: number;
}

export class BatchRows {
  /** Rows of the plan, which come first; none in a closed workload. */
  readonly planned: number;
  /** Things that will send a call later: retries, and callers who think. */
  waiting = 0;
  readonly #batch: CallBatch;
  readonly #retriesToCome = new Set<number>();
  /** Closed workload: whose call a row is. */
  readonly #callers: number[] = [];
  #columns: CallColumns;
  #next = 0;
  #inFlight = 0;

  /** In an open workload every row is known beforehand, and stays `dropped` until it is sent. */
  constructor(batch: CallBatch) {
    const { intendedUs, targets, kindOf, step, closed } = batch;
    this.#batch = batch;
    this.planned = intendedUs.length;
    this.#columns = createCallColumns(Math.max(1_024, this.planned));
    if (closed !== undefined) return;
    this.#columns.length = this.planned;
    this.#columns.intendedUs.set(intendedUs);
    this.#columns.device.set(targets);
    this.#columns.kind.set(kindOf);
    this.#columns.step.fill(step, 0, this.planned);
  }

  get columns(): CallColumns {
    return this.#columns;
  }

  /** Calls of the plan, or of a closed workload's callers, that were begun. */
  get next(): number {
    return this.#next;
  }

  get allSettled(): boolean {
    return this.#inFlight === 0;
  }

  /** Nothing is in flight, nothing waits, and the plan is through. */
  get allDone(): boolean {
    return this.#inFlight === 0 && this.waiting === 0 && this.#next >= this.planned;
  }

  /** The next row of the plan, which is sent now. */
  beginPlanned(): number {
    this.#inFlight++;
    return this.#next++;
  }

  /** A new row for a closed workload's caller, sent now. Targets and kinds come from the plan, over and over. */
  beginClosed(caller: number, intended: Instant): number {
    const { targets, kindOf } = this.#batch;
    const place = this.#next++ % targets.length;
    this.#inFlight++;
    return this.#add(intended, { device: targets[place] as number, kind: kindOf[place] as number, first: -1, caller });
  }

  /** A new row that repeats another later, and waits until then. */
  addRetry(row: number, intended: Instant): number {
    const { device, kind, retryOf } = this.#columns;
    const before = retryOf[row] as number;
    const by = this.#add(intended, {
      device: device[row] as number,
      kind: kind[row] as number,
      first: before >= 0 ? before : this.#batch.firstCall + row,
      caller: this.callerOf(row),
    });
    this.#retriesToCome.add(by);
    this.waiting++;
    return by;
  }

  /** A row that waited is sent now. */
  beginWaiting(row: number): void {
    this.#retriesToCome.delete(row);
    this.waiting--;
    this.#inFlight++;
  }

  #add(intended: Instant, { device, kind, first, caller }: NewRow): number {
    const row = this.#columns.length;
    this.#columns = growColumns(this.#columns, row + 1);
    this.#columns.length = row + 1;
    this.#columns.intendedUs[row] = intended;
    this.#columns.step[row] = this.#batch.step;
    this.#columns.device[row] = device;
    this.#columns.kind[row] = kind;
    this.#columns.retryOf[row] = first;
    if (this.#batch.closed !== undefined) this.#callers.push(caller);
    return row;
  }

  callerOf(row: number): number {
    return this.#batch.closed === undefined ? 0 : (this.#callers[row] as number);
  }

  /** True until the call has ended. */
  isOpen(row: number): boolean {
    return Number.isNaN(this.#columns.settledUs[row] as number);
  }

  /** True the first time: what is written for a call later is not its sending. */
  markSent(row: number, now: Instant): boolean {
    const { sentUs } = this.#columns;
    if (!Number.isNaN(sentUs[row] as number)) return false;
    sentUs[row] = now;
    return true;
  }

  settle(row: number, { settledUs, outcome, status }: CallEnd): void {
    this.#columns.settledUs[row] = settledUs;
    this.#columns.outcome[row] = OUTCOME_CODE[outcome];
    this.#columns.status[row] = status;
    this.#inFlight--;
  }

  /** Rows that were begun and have not ended. */
  inFlight(): number[] {
    const rows: number[] = [];
    for (let row = 0; row < this.#columns.length; row++) {
      const begun = row < this.planned ? row < this.#next : !this.#retriesToCome.has(row);
      if (begun && this.isOpen(row)) rows.push(row);
    }
    return rows;
  }
}

interface NewRow {
  readonly device: number;
  readonly kind: number;
  /** Index in the run of the call it repeats, or -1. */
  readonly first: number;
  readonly caller: number;
}
