/**
 * CallRecords as columns: what a caller knows of every planned Call, and what the fleet knows of every request it received.
 * Column form keeps a million Calls in a few typed arrays that move between threads without a copy.
 *
 * All instants are microseconds since the run's origin (the instant the workload starts), NaN where there is none.
 */
import { OUTCOME_CODE } from "./outcome.ts";

/** One row per planned Call; the row number is the Call's index in the plan. */
export interface CallColumns {
  /** Rows in use; the arrays may be longer. */
  length: number;
  /** When the plan wanted the Call to start. In a closed workload: when it was sent. */
  intendedUs: Float64Array;
  /** When it was written to the socket; NaN when it never was. */
  sentUs: Float64Array;
  /** When its answer (or failure) was seen; NaN when it was never sent. */
  settledUs: Float64Array;
  /** Code of its Outcome, see OUTCOME_CODE. */
  outcome: Uint8Array;
  /** HTTP status, 0 when no answer came. */
  status: Uint16Array;
  /** Ordinal of the target device in the fleet. */
  device: Uint32Array;
  /** Index of the workload step it belongs to; 0 when there are no steps. */
  step: Uint16Array;
  /** 1 when the reply carried another Call's nonce: a violation of reply integrity. */
  mismatched: Uint8Array;
  /** Which of the workload's kinds of Call it is; 0 when there is only one. */
  kind: Uint8Array;
  /** The Call it repeats, when its caller tried again: that one's index in the plan; -1 when it repeats none. */
  retryOf: Int32Array;
}

/** One row per request a device received. */
export interface LedgerColumns {
  length: number;
  /** Index of the Call, from its nonce; -1 when the request was not one of the plan's. */
  call: Int32Array;
  device: Uint32Array;
  receivedUs: Float64Array;
  /** How long the device was programmed to take, NaN when it was programmed never to answer. */
  programmedUs: Float64Array;
  /** When the reply was written to the socket; NaN when none was. */
  repliedUs: Float64Array;
  /** Which faults fired: bit n is the fault at position n of the device's cohort. */
  faults: Uint32Array;
  /** Index of the device's cohort in the plan. */
  cohort: Uint16Array;
}

/** One row per Call that the server admitted, on the machine's monotonic clock (not counted from the run's origin). */
export interface ServerColumns {
  length: number;
  /** Index of the Call, from its nonce; -1 when it was not one of the plan's. */
  call: Int32Array;
  acceptUs: Float64Array;
  /** When it was handed to a device's connection; NaN when it never was. */
  dispatchUs: Float64Array;
  settleUs: Float64Array;
}

const NO_CALL = -1;

/** Columns for `capacity` Calls, every one of them not yet sent. */
export function createCallColumns(capacity: number): CallColumns {
  return {
    length: 0,
    intendedUs: new Float64Array(capacity).fill(Number.NaN),
    sentUs: new Float64Array(capacity).fill(Number.NaN),
    settledUs: new Float64Array(capacity).fill(Number.NaN),
    outcome: new Uint8Array(capacity).fill(OUTCOME_CODE.dropped),
    status: new Uint16Array(capacity),
    device: new Uint32Array(capacity),
    step: new Uint16Array(capacity),
    mismatched: new Uint8Array(capacity),
    kind: new Uint8Array(capacity),
    retryOf: new Int32Array(capacity).fill(NO_CALL),
  };
}

export function createLedgerColumns(capacity: number): LedgerColumns {
  return {
    length: 0,
    call: new Int32Array(capacity),
    device: new Uint32Array(capacity),
    receivedUs: new Float64Array(capacity),
    programmedUs: new Float64Array(capacity),
    repliedUs: new Float64Array(capacity).fill(Number.NaN),
    faults: new Uint32Array(capacity),
    cohort: new Uint16Array(capacity),
  };
}

export function createServerColumns(capacity: number): ServerColumns {
  return {
    length: 0,
    call: new Int32Array(capacity).fill(NO_CALL),
    acceptUs: new Float64Array(capacity).fill(Number.NaN),
    dispatchUs: new Float64Array(capacity).fill(Number.NaN),
    settleUs: new Float64Array(capacity).fill(Number.NaN),
  };
}

type Column = Float64Array | Uint8Array | Uint16Array | Uint32Array | Int32Array;

/** The same columns with room for at least `capacity` rows; arrays double, so appending stays linear. */
export function growColumns<T extends CallColumns | LedgerColumns>(columns: T, capacity: number): T {
  const grown: Record<string, Column | number> = { length: columns.length };
  for (const [name, column] of Object.entries(columns) as [string, Column | number][]) {
    if (typeof column === "number") continue;
    if (column.length >= capacity) return columns;
    const bigger = new (column.constructor as new (size: number) => Column)(Math.max(capacity, column.length * 2));
    if (name.endsWith("Us")) bigger.fill(Number.NaN);
    if (name === "outcome") bigger.fill(OUTCOME_CODE.dropped);
    if (name === "retryOf") bigger.fill(NO_CALL);
    bigger.set(column as never);
    grown[name] = bigger;
  }
  return grown as unknown as T;
}

/** Row for row, `parts` one behind the other. */
export function concatColumns<T extends CallColumns | LedgerColumns>(empty: T, parts: readonly T[]): T {
  const total = parts.reduce((sum, part) => sum + part.length, 0);
  const joined = growColumns(empty, Math.max(1, total));
  for (const part of parts) {
    for (const [name, column] of Object.entries(part) as [keyof T, Column | number][]) {
      if (typeof column === "number") continue;
      (joined[name] as Column).set(column.subarray(0, part.length) as never, joined.length);
    }
    joined.length += part.length;
  }
  return joined;
}

/** The buffers behind the columns, to transfer them to another thread without a copy. */
export function columnBuffers(columns: CallColumns | LedgerColumns): ArrayBuffer[] {
  return Object.values(columns as unknown as Record<string, Column | number>)
    .filter((column): column is Column => typeof column !== "number")
    .map((column) => column.buffer as ArrayBuffer);
}
