/**
 * The server's own account of each lightweight call: when it was admitted, handed to a connection and ended, on the machine's
 * monotonic clock, and which call of a plan it was. Joined with the caller's and the devices' by that, a round trip falls apart
 * into its stages.
 */
import { writeFileSync } from "node:fs";
import { tableFromArrays, tableToIPC } from "apache-arrow";
import type { CallId } from "../protocol/requester/call.ts";
import type { Instant } from "../protocol/time.ts";

const FIRST_CAPACITY = 4_096;
/** 280 MB. Whoever runs longer than that has no use for every single call. */
const MOST_CALLS = 10_000_000;
const NONCE = '"nonce":"';

interface Columns {
  /** Tail of the nonce in its params; -1 without one. */
  readonly call: Int32Array;
  readonly acceptUs: Float64Array;
  /** NaN when it never was. */
  readonly dispatchUs: Float64Array;
  readonly settleUs: Float64Array;
}

export class CallLedger {
  #columns = columnsFor(FIRST_CAPACITY);
  #length = 0;

  /** Calls are numbered without gaps; `row` is the number of one that was admitted just now. */
  accepted(row: CallId, params: string, now: Instant): void {
    if (row >= MOST_CALLS) return;
    if (row >= this.#columns.call.length) this.#grow();
    this.#columns.call[row] = planIndexOf(params);
    this.#columns.acceptUs[row] = now;
    this.#length = row + 1;
  }

  dispatched(row: CallId, now: Instant): void {
    if (row < this.#length && Number.isNaN(this.#columns.dispatchUs[row])) this.#columns.dispatchUs[row] = now;
  }

  settled(row: CallId, now: Instant): void {
    if (row < this.#length) this.#columns.settleUs[row] = now;
  }

  /** Writes all rows as one Arrow file. Throws when the place cannot be written. */
  write(path: string): void {
    const { call, acceptUs, dispatchUs, settleUs } = this.#columns;
    const table = tableFromArrays({
      call: call.subarray(0, this.#length),
      acceptUs: acceptUs.subarray(0, this.#length),
      dispatchUs: dispatchUs.subarray(0, this.#length),
      settleUs: settleUs.subarray(0, this.#length),
    });
    writeFileSync(path, tableToIPC(table, "file"));
  }

  #grow(): void {
    const old = this.#columns;
    this.#columns = columnsFor(old.call.length * 2);
    this.#columns.call.set(old.call);
    this.#columns.acceptUs.set(old.acceptUs);
    this.#columns.dispatchUs.set(old.dispatchUs);
    this.#columns.settleUs.set(old.settleUs);
  }
}

function columnsFor(capacity: number): Columns {
  return {
    call: new Int32Array(capacity).fill(-1),
    acceptUs: new Float64Array(capacity).fill(Number.NaN),
    dispatchUs: new Float64Array(capacity).fill(Number.NaN),
    settleUs: new Float64Array(capacity).fill(Number.NaN),
  };
}

/** Digits after the last dash of a nonce such as `"nonce":"1f2e-42"`, without reading the whole of the params. */
function planIndexOf(params: string): number {
  const start = params.indexOf(NONCE);
  if (start < 0) return -1;
  const end = params.indexOf('"', start + NONCE.length);
  const dash = params.lastIndexOf("-", end);
  const index = dash < start ? Number.NaN : Number(params.slice(dash + 1, end));
  return Number.isInteger(index) && index >= 0 && index < 2 ** 31 ? index : -1;
}
