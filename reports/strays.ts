/** What devices received and replied beyond one request and one reply per Call, told by the fleet's own ledgers. */
import type { LedgerColumns } from "../protocol/call-records.ts";
import type { Fold, JoinedCalls } from "./joined-calls.ts";
import type { RunTotals } from "./run-record.ts";
import { waitedInVain } from "./series.ts";
import type { Summary } from "./summary-schema.ts";

/**
 * Requests: all that devices received, those that belong to no planned Call or reached a device it was not meant for (`foreign`), and
 * further ones for a Call whose device had already received one (`repeated`). Of their replies, `late` ones were written after their
 * Call had settled in vain, `duplicate` ones answer a repeated request; an unknown reply leaves no trace in a ledger.
 */
export class RequestCounts implements Fold {
  received: number;
  foreign: number;
  repeated = 0;
  late = 0;
  duplicate = 0;
  readonly #extra: LedgerColumns;
  /** Extra rows that name a Call, by that Call; those before `#next` were judged. */
  readonly #byCall: Uint32Array;
  #next = 0;

  constructor(extra: LedgerColumns) {
    this.#extra = extra;
    this.received = extra.length;
    this.foreign = extra.length;
    const rows = Uint32Array.from({ length: extra.length }, (_, row) => row);
    this.#byCall = rows
      .filter((row) => (extra.call[row] as number) >= 0)
      .sort((a, b) => (extra.call[a] as number) - (extra.call[b] as number));
  }

  add(batch: JoinedCalls): void {
    for (let row = 0; row < batch.length; row += 1) {
      if (Number.isNaN(batch.deviceReceivedUs[row])) continue;
      this.received += 1;
      if (!waitedInVain(batch.outcome[row] as number)) continue;
      if ((batch.deviceRepliedUs[row] as number) > (batch.settledUs[row] as number)) this.late += 1;
    }
    for (; this.#next < this.#byCall.length; this.#next += 1) {
      const extraRow = this.#byCall[this.#next] as number;
      const row = (this.#extra.call[extraRow] as number) - batch.first;
      if (row >= batch.length) return;
      if (batch.device[row] !== this.#extra.device[extraRow]) continue;
      this.foreign -= 1;
      this.repeated += 1;
      if (!Number.isNaN(this.#extra.repliedUs[extraRow])) this.duplicate += 1;
    }
  }
}

/** Replies without an open Call: the server's own counts when it has them, else what the ledgers tell. */
export function countStrays(totals: RunTotals, { late, duplicate }: RequestCounts): Summary["strays"] {
  if (totals.strays !== undefined) return { ...totals.strays, source: "server" };
  return { late, duplicate, unknown: 0, source: "ledgers" };
}
