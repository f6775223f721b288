/**
 * k6's console lines -> call columns, and the reckoning at the end: every planned call gets exactly one Outcome, also the ones
 * k6 never said a word about. The form of a line is written down at its source, scenarios/k6/main.ts.
 */
import { type CallColumns, createCallColumns, growColumns } from "../../protocol/call-records.ts";
import { OUTCOME_CODE } from "../../protocol/outcome.ts";
import { type Duration, type Instant, MILLISECOND } from "../../protocol/time.ts";
import type { CallProgress } from "./call-batch.ts";
import { EndedCallsBuffer } from "./ended-calls.ts";
import type { K6Batch } from "./k6-plan.ts";

export interface K6LinesOptions {
  readonly batch: K6Batch;
  /** Lead of the plan: k6's run clock at the batch's origin. */
  readonly leadUs: Duration;
  /** Called with k6's pair of clocks when it has said it. */
  readonly onOrigin: (wallMs: number, runUs: Instant) => void;
}

/** How far k6's clock and ours may differ. */
const CLOCK_TOLERANCE: Duration = 1 * MILLISECOND;

export class K6Lines {
  readonly #options: K6LinesOptions;
  readonly #ended = new EndedCallsBuffer();
  #columns: CallColumns;
  #rest = "";
  #settled = 0;
  #due = 0;

  constructor(options: K6LinesOptions) {
    this.#options = options;
    const { closed, intendedUs, targets, kindOf } = options.batch;
    const planned = closed === undefined ? intendedUs.length : 0;
    this.#columns = createCallColumns(Math.max(1, planned));
    this.#columns.length = planned;
    if (closed !== undefined) return;
    this.#columns.intendedUs.set(intendedUs);
    this.#columns.device.set(targets);
    this.#columns.kind.set(kindOf);
    this.#columns.step.fill(options.batch.step);
  }

  /** What the lines have told since the last time, at `at` since the batch's origin. What is on its way has no line yet. */
  progress(at: Instant): CallProgress {
    const { closed, intendedUs } = this.#options.batch;
    if (closed === undefined)
      while (this.#due < intendedUs.length && (intendedUs[this.#due] as number) <= at) this.#due++;
    const due = closed === undefined ? this.#due : this.#settled;
    return { at, due, sent: undefined, settled: this.#settled, ended: this.#ended.take(), busy: undefined };
  }

  /** Takes the next piece of k6's output, which may end in the middle of a line. */
  feed(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() as string;
    for (const line of lines) this.#read(line);
  }

  #read(line: string): void {
    const [kind, ...fields] = line.split(" ");
    const numbers = fields.map(Number);
    if (numbers.some(Number.isNaN)) return;
    if (kind === "o" && numbers.length === 2) this.#options.onOrigin(numbers[0] as number, numbers[1] as number);
    if (kind === "c" && numbers.length === 6) this.#settle(numbers as [number, number, number, number, number, number]);
  }

  #settle([call, sentUs, settledUs, status, outcome, mismatched]: [
    number,
    number,
    number,
    number,
    number,
    number,
  ]): void {
    const { batch, leadUs } = this.#options;
    const row = call - batch.firstCall;
    if (row < 0) return;
    if (batch.closed !== undefined) {
      this.#columns = growColumns(this.#columns, row + 1);
      this.#columns.length = Math.max(this.#columns.length, row + 1);
      this.#columns.intendedUs[row] = sentUs - leadUs;
      this.#describe(row);
    } else if (row >= this.#columns.length) return;
    this.#columns.sentUs[row] = sentUs - leadUs;
    this.#columns.settledUs[row] = settledUs - leadUs;
    this.#columns.status[row] = status;
    this.#columns.outcome[row] = outcome;
    this.#columns.mismatched[row] = mismatched;
    this.#settled++;
    this.#ended.add(this.#columns, row);
  }

  /**
   * The columns when nothing more will come. `endedAt` is when the run was cut short, microseconds from the batch's origin:
   * calls without an answer that were due by then were given up (`cancelled`), later ones were never sent (`dropped`).
   * Undefined: the run was not cut short, and what has no line was never sent.
   */
  finish(endedAt: Instant | undefined): CallColumns {
    if (endedAt !== undefined) this.#forgetAborted(endedAt - CLOCK_TOLERANCE);
    const columns = this.#columns;
    for (let row = 0; row < columns.length; row++) {
      if (Number.isNaN(columns.settledUs[row] as number)) this.#reckon(row, endedAt);
    }
    return columns;
  }

  /**
   * While k6 leaves, some VUs still get to say a line: a request it broke off, or one that a VU woken from its sleep tried in
   * vain. Those are the harness's doing, not the server's.
   */
  #forgetAborted(endedAt: Instant): void {
    const { sentUs, settledUs, outcome, length } = this.#columns;
    for (let row = 0; row < length; row++) {
      if (outcome[row] !== OUTCOME_CODE.transport_error || (settledUs[row] as number) < endedAt) continue;
      outcome[row] = OUTCOME_CODE.cancelled;
      if ((sentUs[row] as number) < endedAt) continue;
      outcome[row] = OUTCOME_CODE.dropped;
      sentUs[row] = Number.NaN;
      settledUs[row] = Number.NaN;
    }
  }

  #reckon(row: number, endedAt: Instant | undefined): void {
    const columns = this.#columns;
    if (this.#options.batch.closed !== undefined) {
      // A closed call is sent when it is numbered, at a moment that only its missing line knew.
      this.#describe(row);
      columns.intendedUs[row] = endedAt ?? 0;
      columns.outcome[row] = OUTCOME_CODE.cancelled;
    } else if (endedAt !== undefined && (columns.intendedUs[row] as number) < endedAt) {
      columns.outcome[row] = OUTCOME_CODE.cancelled;
    }
  }

  /** Closed workload: what the plan says of a row; it begins again after its last. */
  #describe(row: number): void {
    const { targets, kindOf, step } = this.#options.batch;
    const place = row % targets.length;
    this.#columns.device[row] = targets[place] as number;
    this.#columns.kind[row] = kindOf[place] as number;
    this.#columns.step[row] = step;
  }
}
