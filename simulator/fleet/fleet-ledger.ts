/**
 * What every device received, was programmed to do, and did: one row a request, instants of the monotonic clock. A fleet that runs
 * without an end only counts: it must not grow with every request.
 */
import { createLedgerColumns, growColumns, type LedgerColumns } from "../../protocol/call-records.ts";
import type { Instant } from "../../protocol/time.ts";

const FIRST_ROWS = 4_096;

export class FleetLedger {
  readonly #keep: boolean;
  #columns: LedgerColumns;
  #requests = 0;

  /** `keep`: rows, and not only their number. */
  constructor(keep: boolean) {
    this.#keep = keep;
    this.#columns = createLedgerColumns(keep ? FIRST_ROWS : 1);
  }

  /** Requests received so far. */
  get requests(): number {
    return this.#requests;
  }

  /** Opens the row of a request; its number is the request's ticket. */
  receive(device: number, cohort: number, call: number | undefined, now: Instant): number {
    this.#requests++;
    if (!this.#keep) return 0;
    const row = this.#columns.length;
    if (row === this.#columns.receivedUs.length) this.#columns = growColumns(this.#columns, row + 1);
    const columns = this.#columns;
    columns.length = row + 1;
    columns.call[row] = call ?? -1;
    columns.device[row] = device;
    columns.cohort[row] = cohort;
    columns.receivedUs[row] = now;
    return row;
  }

  program(row: number, delay: number | undefined, faults: number): void {
    this.#columns.programmedUs[row] = delay ?? Number.NaN;
    this.#columns.faults[row] = faults;
  }

  /** The first reply of a request counts. */
  reply(row: number, now: Instant): void {
    if (Number.isNaN(this.#columns.repliedUs[row])) this.#columns.repliedUs[row] = now;
  }

  /** The rows so far with instants counted from `origin`; begins anew. */
  take(origin: Instant): LedgerColumns {
    const taken = this.#columns;
    for (let row = 0; row < taken.length; row++) {
      taken.receivedUs[row] = (taken.receivedUs[row] as number) - origin;
      taken.repliedUs[row] = (taken.repliedUs[row] as number) - origin;
    }
    this.#columns = createLedgerColumns(FIRST_ROWS);
    return taken;
  }
}
