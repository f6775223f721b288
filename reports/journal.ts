/**
 * The journal: one row per planned Call with what its device's ledger knows of it, as an Apache Arrow IPC file that pandas,
 * polars and DuckDB open directly. Requests that are no Call's first one (foreign, repeated) are rows of a second file of the
 * same kind; the journal's metadata counts them, so a lost second file is noticed.
 */
import { Field, makeVector, RecordBatch, Schema, Table, tableFromIPC, tableToIPC, type Vector } from "apache-arrow";
import {
  type CallColumns,
  createCallColumns,
  createLedgerColumns,
  type LedgerColumns,
} from "../protocol/call-records.ts";
import { joinLedger } from "./ledger-join.ts";
import { UnreadableRun } from "./unreadable-run.ts";

const JOURNAL_SCHEMA = "rpcfleet.journal/3";
const EXTRA_SCHEMA = "rpcfleet.extra-requests/2";

type Column = Float64Array | Uint8Array | Uint16Array | Uint32Array | Int32Array;
type Columns = Readonly<Record<string, Column>>;

/** The two files of a journal. `extraRequests` is undefined when the fleet received nothing beyond one request per Call. */
export interface JournalFiles {
  readonly journal: Uint8Array;
  readonly extraRequests: Uint8Array | undefined;
}

export interface Journal {
  readonly calls: CallColumns;
  /** The first requests in the order of their Calls, then the extra ones in the order they were received. */
  readonly ledger: LedgerColumns;
}

const CALL_COLUMNS = [
  "intendedUs",
  "sentUs",
  "settledUs",
  "outcome",
  "status",
  "device",
  "step",
  "mismatched",
  "kind",
  "retryOf",
] as const;
const LEDGER_COLUMNS = ["call", "device", "receivedUs", "programmedUs", "repliedUs", "faults", "cohort"] as const;
/** Journal column -> ledger column it comes from. */
const JOINED = {
  deviceReceivedUs: "receivedUs",
  deviceProgrammedUs: "programmedUs",
  deviceRepliedUs: "repliedUs",
  faults: "faults",
  cohort: "cohort",
} as const;

/** The journal of a run. Reading it back gives the same Calls, and the same ledger up to the order of its rows. */
export function writeJournal(calls: CallColumns, ledger: LedgerColumns): JournalFiles {
  const join = joinLedger(calls, ledger);
  const columns: Record<string, Column> = {};
  for (const name of CALL_COLUMNS) columns[name] = calls[name].subarray(0, calls.length);
  for (const [name, source] of Object.entries(JOINED)) {
    const joined = emptyLike(ledger[source], calls.length);
    for (const [call, row] of join.rowOfCall.entries()) if (row >= 0) joined[call] = ledger[source][row] as number;
    columns[name] = joined;
  }
  const metadata = { schema: JOURNAL_SCHEMA, foreignRequests: `${join.foreign}`, repeatedRequests: `${join.repeated}` };
  const journal = toArrow(columns, metadata);
  if (join.extraRows.length === 0) return { journal, extraRequests: undefined };
  const extra = Object.fromEntries(LEDGER_COLUMNS.map((name) => [name, pick(ledger[name], join.extraRows)]));
  return { journal, extraRequests: toArrow(extra, { schema: EXTRA_SCHEMA }) };
}

/** Names the files carry in error messages. */
export interface JournalPaths {
  readonly journal: string;
  readonly extraRequests: string;
}

/** The columns of a journal, or why it cannot be read: it is cut short, no Arrow file, of another schema, or half of it is missing. */
export function readJournal(files: JournalFiles, paths: JournalPaths): Journal | UnreadableRun {
  const main = fromArrow(files.journal, { path: paths.journal, schema: JOURNAL_SCHEMA, empty: emptyJournal() });
  if (main instanceof UnreadableRun) return main;
  const extraCount = Number(main.metadata.get("foreignRequests")) + Number(main.metadata.get("repeatedRequests"));
  const extra = readExtra(files.extraRequests, paths.extraRequests, extraCount);
  if (extra instanceof UnreadableRun) return extra;

  const calls = { ...createCallColumns(0), length: main.length } as CallColumns;
  for (const name of CALL_COLUMNS) Object.assign(calls, { [name]: main.columns[name] });
  return { calls, ledger: rebuildLedger(main.columns, main.length, extra) };
}

function readExtra(file: Uint8Array | undefined, path: string, count: number): Columns | UnreadableRun {
  const empty = { ...createLedgerColumns(0) } as unknown as Columns;
  if (count === 0) return empty;
  const expected = `the ${count} requests that the journal counts beyond its Calls`;
  if (file === undefined) return new UnreadableRun(path, expected, "no file");
  const read = fromArrow(file, {
    path,
    schema: EXTRA_SCHEMA,
    empty: Object.fromEntries(LEDGER_COLUMNS.map((name) => [name, empty[name] as Column])),
  });
  if (read instanceof UnreadableRun) return read;
  return read.length === count ? read.columns : new UnreadableRun(path, expected, `${read.length}`);
}

function rebuildLedger(columns: Columns, calls: number, extra: Columns): LedgerColumns {
  const received = columns.deviceReceivedUs as Float64Array;
  const known = Array.from({ length: calls }, (_, call) => call).filter((call) => !Number.isNaN(received[call]));
  const extraLength = (extra.call as Column).length;
  const ledger = { ...createLedgerColumns(known.length + extraLength), length: known.length + extraLength };
  for (const [name, source] of Object.entries(JOINED)) ledger[source].set(pick(columns[name] as Column, known));
  ledger.call.set(known);
  ledger.device.set(pick(columns.device as Column, known));
  for (const name of LEDGER_COLUMNS) ledger[name].set(extra[name] as Column, known.length);
  return ledger;
}

/** A column of the same type; without a value an instant is NaN and anything else is 0. */
function emptyLike(column: Column, length: number): Column {
  if (column instanceof Float64Array) return new Float64Array(length).fill(Number.NaN);
  return new (column.constructor as new (length: number) => Column)(length);
}

function emptyJournal(): Columns {
  const calls = createCallColumns(0);
  const columns: Record<string, Column> = {};
  for (const name of CALL_COLUMNS) columns[name] = calls[name];
  for (const [name, source] of Object.entries(JOINED)) columns[name] = createLedgerColumns(0)[source];
  return columns;
}

function pick<T extends Column>(column: T, rows: readonly number[]): T {
  const picked = new (column.constructor as new (length: number) => T)(rows.length);
  for (const [index, row] of rows.entries()) picked[index] = column[row] as number;
  return picked;
}

function toArrow(columns: Columns, metadata: Readonly<Record<string, string>>): Uint8Array {
  const vectors: Record<string, Vector> = {};
  for (const [name, column] of Object.entries(columns)) vectors[name] = makeVector(column);
  const table = new Table(vectors);
  const fields = table.schema.fields.map((field) => new Field(field.name, field.type, false));
  const schema = new Schema(fields, new Map(Object.entries(metadata)));
  return tableToIPC(
    new Table(
      schema,
      table.batches.map((batch) => new RecordBatch(schema, batch.data)),
    ),
    "file",
  );
}

interface Expected {
  readonly path: string;
  readonly schema: string;
  /** One empty array per column that must be there: its name and its type. */
  readonly empty: Columns;
}

function fromArrow(
  bytes: Uint8Array,
  { path, schema, empty }: Expected,
): { columns: Columns; length: number; metadata: Map<string, string> } | UnreadableRun {
  const expected = `an Arrow file of schema ${schema}`;
  let table: Table;
  try {
    table = tableFromIPC(bytes);
  } catch {
    return new UnreadableRun(path, expected, "a damaged or truncated file");
  }
  const { metadata } = table.schema;
  if (metadata.get("schema") !== schema) {
    return new UnreadableRun(path, expected, metadata.get("schema") ?? "a file that names no schema");
  }
  const columns: Record<string, Column> = {};
  for (const [name, kind] of Object.entries(empty)) {
    const column: unknown = table.getChild(name)?.toArray();
    if (!(column instanceof kind.constructor))
      return new UnreadableRun(path, expected, `no column "${name}" of its type`);
    // A copy: the file's bytes are shared by all columns and their alignment is Arrow's business.
    columns[name] = (column as Column).slice();
  }
  return { columns, length: table.numRows, metadata };
}
