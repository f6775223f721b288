/** Replies without an open Call, as far as the fleet's own ledgers show them when the server is not ours to ask. */
import type { LedgerJoin } from "./ledger-join.ts";
import type { RunRecord } from "./run-record.ts";
import { waitedInVain } from "./series.ts";
import type { Summary } from "./summary-schema.ts";

/**
 * The server's own counts when it has them. Otherwise from the ledgers: `late` is a reply written after its Call had settled as
 * `timeout` or `no_connection`, `duplicate` a reply to a repeated request of a Call; an unknown reply leaves no trace there.
 */
export function countStrays(record: RunRecord, join: LedgerJoin): Summary["strays"] {
  if (record.totals.strays !== undefined) return { ...record.totals.strays, source: "server" };
  const { calls, ledger } = record;
  let late = 0;
  for (const [call, row] of join.rowOfCall.entries()) {
    if (row < 0 || !waitedInVain(calls.outcome[call] as number)) continue;
    if ((ledger.repliedUs[row] as number) > (calls.settledUs[call] as number)) late += 1;
  }
  const duplicate = join.extraRows.filter((row) => {
    const call = ledger.call[row] as number;
    const isOurs = call >= 0 && call < calls.length && calls.device[call] === ledger.device[row];
    return isOurs && !Number.isNaN(ledger.repliedUs[row]);
  }).length;
  return { late, duplicate, unknown: 0, source: "ledgers" };
}
