/** Joins what callers, devices and the embedded server wrote down of a run into one row per Call. */
import {
  type CallColumns,
  createLedgerColumns,
  type LedgerColumns,
  type ServerColumns,
} from "../protocol/call-records.ts";
import { BATCH_ROWS, type CallSource, type JoinedCalls } from "./joined-calls.ts";

export interface RunColumns {
  readonly calls: CallColumns;
  readonly ledger: LedgerColumns;
  /** The embedded server's account, its instants counted from the run's origin already; undefined for any other server. */
  readonly server?: ServerColumns | undefined;
}

export interface JoinedRun {
  readonly calls: CallSource;
  /** Requests that are no Call's first one, in the order they were received: foreign ones and repetitions. */
  readonly extra: LedgerColumns;
  /** Rows of the server's account that tell of a planned Call, and those that do not; undefined without an account. */
  readonly serverCalls: { readonly matched: number; readonly unmatched: number } | undefined;
}

const NONE = -1;

/**
 * The join is made once; batches are cut from the columns when they are asked for. A Call's request is the first that its own
 * device received for it, its row of the server's account the first that names it.
 */
export function joinCalls({ calls, ledger, server }: RunColumns): JoinedRun {
  const { rowOfCall, extraRows } = joinLedger(calls, ledger);
  const joinedServer = server === undefined ? undefined : joinServer(calls, server);
  const source = new MemoryCalls({ calls, ledger, server }, rowOfCall, joinedServer?.rowOfCall);
  const serverCalls =
    joinedServer === undefined ? undefined : { matched: joinedServer.matched, unmatched: joinedServer.unmatched };
  return { calls: source, extra: pickRows(ledger, extraRows), serverCalls };
}

class MemoryCalls implements CallSource {
  readonly length: number;
  readonly #columns: RunColumns;
  readonly #ledgerRows: Int32Array;
  readonly #serverRows: Int32Array | undefined;

  constructor(columns: RunColumns, ledgerRows: Int32Array, serverRows: Int32Array | undefined) {
    this.length = columns.calls.length;
    this.#columns = columns;
    this.#ledgerRows = ledgerRows;
    this.#serverRows = serverRows;
  }

  *batches(): Generator<JoinedCalls> {
    for (let first = 0; first < this.length; first += BATCH_ROWS) {
      yield this.#cut(first, Math.min(this.length, first + BATCH_ROWS));
    }
  }

  #cut(first: number, end: number): JoinedCalls {
    const { calls, ledger, server } = this.#columns;
    const ledgerRows = this.#ledgerRows.subarray(first, end);
    const serverRows = this.#serverRows?.subarray(first, end);
    const instants = (column: Float64Array | undefined, rows: Int32Array | undefined): Float64Array =>
      gather(column, rows, new Float64Array(end - first).fill(Number.NaN));
    return {
      first,
      length: end - first,
      intendedUs: calls.intendedUs.subarray(first, end),
      sentUs: calls.sentUs.subarray(first, end),
      settledUs: calls.settledUs.subarray(first, end),
      outcome: calls.outcome.subarray(first, end),
      status: calls.status.subarray(first, end),
      device: calls.device.subarray(first, end),
      step: calls.step.subarray(first, end),
      mismatched: calls.mismatched.subarray(first, end),
      kind: calls.kind.subarray(first, end),
      retryOf: calls.retryOf.subarray(first, end),
      deviceReceivedUs: instants(ledger.receivedUs, ledgerRows),
      deviceProgrammedUs: instants(ledger.programmedUs, ledgerRows),
      deviceRepliedUs: instants(ledger.repliedUs, ledgerRows),
      faults: gather(ledger.faults, ledgerRows, new Uint32Array(end - first)),
      cohort: gather(ledger.cohort, ledgerRows, new Uint16Array(end - first)),
      serverAcceptUs: instants(server?.acceptUs, serverRows),
      serverDispatchUs: instants(server?.dispatchUs, serverRows),
      serverSettleUs: instants(server?.settleUs, serverRows),
    };
  }
}

function gather<T extends Float64Array | Uint32Array | Uint16Array>(
  column: T | undefined,
  rows: Int32Array | undefined,
  into: T,
): T {
  if (column === undefined || rows === undefined) return into;
  for (let index = 0; index < rows.length; index += 1) {
    const row = rows[index] as number;
    if (row !== NONE) into[index] = column[row] as number;
  }
  return into;
}

function joinLedger(calls: CallColumns, ledger: LedgerColumns): { rowOfCall: Int32Array; extraRows: number[] } {
  const rowOfCall = new Int32Array(calls.length).fill(NONE);
  const extraRows: number[] = [];
  for (let row = 0; row < ledger.length; row += 1) {
    const call = ledger.call[row] as number;
    const isOurs = call >= 0 && call < calls.length && calls.device[call] === ledger.device[row];
    if (isOurs && rowOfCall[call] === NONE) rowOfCall[call] = row;
    else extraRows.push(row);
  }
  return { rowOfCall, extraRows };
}

function joinServer(calls: CallColumns, server: ServerColumns) {
  const rowOfCall = new Int32Array(calls.length).fill(NONE);
  let matched = 0;
  for (let row = 0; row < server.length; row += 1) {
    const call = server.call[row] as number;
    if (call < 0 || call >= calls.length || rowOfCall[call] !== NONE) continue;
    rowOfCall[call] = row;
    matched += 1;
  }
  return { rowOfCall, matched, unmatched: server.length - matched };
}

function pickRows(ledger: LedgerColumns, rows: readonly number[]): LedgerColumns {
  const picked = createLedgerColumns(rows.length);
  picked.length = rows.length;
  for (const name of ["call", "device", "receivedUs", "programmedUs", "repliedUs", "faults", "cohort"] as const) {
    for (const [index, row] of rows.entries()) picked[name][index] = ledger[name][row] as number;
  }
  return picked;
}
