/** The second file of a journal: requests of the fleet's ledger that are no Call's first one. */
import { readFileSync } from "node:fs";
import { Field, makeVector, RecordBatch, Schema, Table, tableFromIPC, tableToIPC } from "apache-arrow";
import { createLedgerColumns, type LedgerColumns } from "../protocol/call-records.ts";
import { UnreadableRun } from "./unreadable-run.ts";

const EXTRA_SCHEMA = "rpcfleet.extra-requests/2";
const COLUMNS = ["call", "device", "receivedUs", "programmedUs", "repliedUs", "faults", "cohort"] as const;

export function encodeExtraRequests(extra: LedgerColumns): Uint8Array {
  const table = new Table(
    Object.fromEntries(COLUMNS.map((name) => [name, makeVector(extra[name].subarray(0, extra.length))])),
  );
  const fields = table.schema.fields.map((field) => new Field(field.name, field.type, false));
  const schema = new Schema(fields, new Map([["schema", EXTRA_SCHEMA]]));
  const batches = table.batches.map((batch) => new RecordBatch(schema, batch.data));
  return tableToIPC(new Table(schema, batches), "file");
}

/** The `count` requests of such a file; none, and no file, when the journal counts none. */
export function readExtraRequests(path: string, count: number): LedgerColumns | UnreadableRun {
  if (count === 0) return createLedgerColumns(0);
  const expected = `the ${count} requests that the journal counts beyond its Calls`;
  const bytes = readBytes(path);
  if (bytes === undefined) return new UnreadableRun(path, expected, "no file");
  let table: Table;
  try {
    table = tableFromIPC(bytes);
  } catch {
    return new UnreadableRun(path, expected, "a damaged or truncated file");
  }
  const schema = table.schema.metadata.get("schema");
  if (schema !== EXTRA_SCHEMA) return new UnreadableRun(path, expected, schema ?? "a file that names no schema");
  if (table.numRows !== count) return new UnreadableRun(path, expected, `${table.numRows}`);
  const extra = createLedgerColumns(count);
  extra.length = count;
  for (const name of COLUMNS) {
    const column: unknown = table.getChild(name)?.toArray();
    if (!(column instanceof extra[name].constructor))
      return new UnreadableRun(path, expected, `no column "${name}" of its type`);
    extra[name].set(column as never);
  }
  return extra;
}

function readBytes(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
