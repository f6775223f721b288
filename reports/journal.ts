/**
 * The journal: one row per planned Call with what its caller, its device and the server know of it, as an Apache Arrow IPC file that
 * pandas, polars and DuckDB open directly, in record batches so that no reader needs it in memory. Requests that are no Call's first
 * one are rows of a second file; the journal's metadata counts them, so a lost second file is noticed.
 */
import { Schema } from "apache-arrow";
import type { LedgerColumns } from "../protocol/call-records.ts";
import { OUTCOMES } from "../protocol/outcome.ts";
import { ArrowFile, writeArrow } from "./arrow-file.ts";
import { encodeExtraRequests, readExtraRequests } from "./extra-requests.ts";
import { BATCH_ROWS, type CallSource, type JoinedCalls } from "./joined-calls.ts";
import {
  decodeBatch,
  encodeBatch,
  findWideColumns,
  journalFields,
  missingColumn,
  type WideColumns,
} from "./journal-columns.ts";
import { UnreadableRun } from "./unreadable-run.ts";
import { writeWhole } from "./write-whole.ts";

const JOURNAL_SCHEMA = "rpcfleet.journal/3";

export interface JournalPaths {
  readonly journal: string;
  readonly extraRequests: string;
}

export interface Journal {
  readonly calls: CallSource;
  /** Requests that are no Call's first one, in the order they were received. */
  readonly extra: LedgerColumns;
}

/**
 * Writes a journal, a batch at a time. The second file appears only when there are requests for it, and before the journal that
 * counts them. Throws UnwritableRun.
 */
export function writeJournal({ calls, extra }: Journal, paths: JournalPaths): void {
  if (extra.length > 0) writeWhole(paths.extraRequests, (append) => append(encodeExtraRequests(extra)));
  const wide = findWideColumns(calls.batches());
  const metadata = new Map([
    ["schema", JOURNAL_SCHEMA],
    ["calls", `${calls.length}`],
    ["extraRequests", `${extra.length}`],
    ["outcomes", OUTCOMES.join(",")],
    [
      "instants",
      "microseconds since the workload began; columns that end in AfterUs count from intendedUs of their row",
    ],
  ]);
  const schema = new Schema(journalFields(wide), metadata);
  writeWhole(paths.journal, (append) => writeArrow(append, schema, encoded(calls, wide)));
}

function* encoded(calls: CallSource, wide: WideColumns): Generator<ReturnType<typeof encodeBatch>> {
  for (const batch of calls.batches()) yield encodeBatch(batch, wide);
}

/**
 * The journal behind these paths, its Calls to be read when they are asked for; or why it cannot be read: it is missing, cut short,
 * no Arrow file, of another schema, or half of it is missing.
 */
export function readJournal(paths: JournalPaths): Journal | UnreadableRun {
  const file = ArrowFile.open(paths.journal, JOURNAL_SCHEMA);
  if (file instanceof UnreadableRun) return file;
  const expected = `an Arrow file of schema ${JOURNAL_SCHEMA}`;
  const { metadata } = file.schema;
  const missing = missingColumn(file.schema);
  if (missing !== undefined) return new UnreadableRun(paths.journal, expected, `no column "${missing}" of its type`);
  const counted = Number(metadata.get("calls"));
  if (counted !== file.length) return new UnreadableRun(paths.journal, `${counted} calls`, `${file.length}`);
  const extra = readExtraRequests(paths.extraRequests, Number(metadata.get("extraRequests")));
  return extra instanceof UnreadableRun ? extra : { calls: new FileCalls(file), extra };
}

class FileCalls implements CallSource {
  readonly length: number;
  readonly #file: ArrowFile;

  constructor(file: ArrowFile) {
    this.length = file.length;
    this.#file = file;
  }

  *batches(): Generator<JoinedCalls> {
    let first = 0;
    for (const record of this.#file.batches()) {
      if (record.numRows === 0) continue;
      if (record.numRows > BATCH_ROWS)
        throw new UnreadableRun(this.#file.path, `batches of ${BATCH_ROWS} rows`, `${record.numRows}`);
      yield decodeBatch(record, first);
      first += record.numRows;
    }
  }
}
