/** Which request of the fleet's ledger belongs to which Call. */
import type { CallColumns, LedgerColumns } from "../protocol/call-records.ts";

export interface LedgerJoin {
  /** Per Call the ledger row of the first request its own device received for it; -1 when the device received none. */
  readonly rowOfCall: Int32Array;
  /** Ledger rows that are no Call's first request, in ledger order: the foreign and the repeated ones. */
  readonly extraRows: readonly number[];
  /** Requests that belong to no planned Call, or reached a device the Call was not meant for. */
  readonly foreign: number;
  /** Further requests for a Call whose device had already received one: duplicate deliveries. */
  readonly repeated: number;
}

/** Joins the ledger to the Calls; every ledger row is either one Call's first request or among the extra rows. */
export function joinLedger(calls: CallColumns, ledger: LedgerColumns): LedgerJoin {
  const rowOfCall = new Int32Array(calls.length).fill(-1);
  const extraRows: number[] = [];
  let foreign = 0;
  for (let row = 0; row < ledger.length; row += 1) {
    const call = ledger.call[row] as number;
    const isOurs = call >= 0 && call < calls.length && calls.device[call] === ledger.device[row];
    if (isOurs && rowOfCall[call] === -1) {
      rowOfCall[call] = row;
      continue;
    }
    if (!isOurs) foreign += 1;
    extraRows.push(row);
  }
  return { rowOfCall, extraRows, foreign, repeated: extraRows.length - foreign };
}
