/** The embedded server's own account of the calls, as it hands it over when a run is over. */
import { readFileSync } from "node:fs";
import { type Table, tableFromIPC } from "apache-arrow";
import { createServerColumns, type ServerColumns } from "../protocol/call-records.ts";
import type { Instant } from "../protocol/time.ts";
import { UnreadableRun } from "./unreadable-run.ts";

const INSTANTS = ["acceptUs", "dispatchUs", "settleUs"] as const;

/**
 * The account in an Arrow file, its instants counted from `origin`: server, callers and devices read the same monotonic clock, so the
 * origin of the workload is all there is between them.
 */
export function readServerAccount(path: string, origin: Instant): ServerColumns | UnreadableRun {
  const expected = "the server's account of its calls";
  let table: Table;
  try {
    table = tableFromIPC(readFileSync(path));
  } catch (error) {
    return new UnreadableRun(path, expected, error instanceof Error ? error.message : String(error));
  }
  const account = createServerColumns(table.numRows);
  account.length = table.numRows;
  for (const name of ["call", ...INSTANTS] as const) {
    const column: unknown = table.getChild(name)?.toArray();
    if (!(column instanceof account[name].constructor))
      return new UnreadableRun(path, expected, `no column "${name}" of its type`);
    account[name].set(column as never);
  }
  for (const name of INSTANTS) {
    const column = account[name];
    for (let row = 0; row < account.length; row += 1) column[row] = (column[row] as number) - origin;
  }
  return account;
}
