/**
 * The columns of a journal on disk. Every instant but the intended start is a whole number of microseconds after it, signed, so
 * that clocks which disagree by a little survive: `sentUs` is `sentAfterUs` in the file, 32 bits wide and null where there is no
 * such instant. A column with a value that 32 bits do not hold exactly (more than 35 minutes after the start, or a fraction of a
 * microsecond) is written as it is, under its own name and 64 bits wide, in the whole of that file.
 */
import {
  type Data,
  Field,
  Float64,
  Int32,
  makeData,
  type RecordBatch,
  type Schema,
  Uint8,
  Uint16,
  Uint32,
} from "apache-arrow";
import type { JoinedCalls } from "./joined-calls.ts";

/** Columns that are in the file as they are. */
const PLAIN = {
  intendedUs: new Float64(),
  outcome: new Uint8(),
  status: new Uint16(),
  device: new Uint32(),
  step: new Uint16(),
  mismatched: new Uint8(),
  kind: new Uint8(),
  retryOf: new Int32(),
  faults: new Uint32(),
  cohort: new Uint16(),
} as const;
type PlainName = keyof typeof PLAIN;

/** Columns of which some rows have no value, with what their narrow form is called and counted from. */
const NARROW = {
  sentUs: { name: "sentAfterUs", isInstant: true },
  settledUs: { name: "settledAfterUs", isInstant: true },
  deviceReceivedUs: { name: "deviceReceivedAfterUs", isInstant: true },
  deviceProgrammedUs: { name: "deviceProgrammedUs", isInstant: false },
  deviceRepliedUs: { name: "deviceRepliedAfterUs", isInstant: true },
  serverAcceptUs: { name: "serverAcceptAfterUs", isInstant: true },
  serverDispatchUs: { name: "serverDispatchAfterUs", isInstant: true },
  serverSettleUs: { name: "serverSettleAfterUs", isInstant: true },
} as const;
type NarrowName = keyof typeof NARROW;

const PLAIN_NAMES = Object.keys(PLAIN) as PlainName[];
const NARROW_NAMES = Object.keys(NARROW) as NarrowName[];

/** Columns that one 32-bit number per row would not hold exactly. */
export type WideColumns = ReadonlySet<string>;

export function findWideColumns(batches: Iterable<JoinedCalls>): WideColumns {
  const wide = new Set<NarrowName>();
  for (const batch of batches) {
    for (const name of NARROW_NAMES) if (!wide.has(name) && !fits(batch, name)) wide.add(name);
  }
  return wide;
}

function fits(batch: JoinedCalls, name: NarrowName): boolean {
  const column = batch[name];
  const base = NARROW[name].isInstant ? batch.intendedUs : undefined;
  for (let row = 0; row < batch.length; row += 1) {
    const value = column[row] as number;
    if (Number.isNaN(value)) continue;
    const start = base === undefined ? 0 : (base[row] as number);
    // Also false where the start is NaN. A difference that the addition does not give back is not exact.
    if (start + ((value - start) | 0) !== value) return false;
  }
  return true;
}

export function journalFields(wide: WideColumns): Field[] {
  return [
    ...PLAIN_NAMES.map((name) => new Field(name, PLAIN[name], false)),
    ...NARROW_NAMES.map((name) =>
      wide.has(name) ? new Field(name, new Float64(), false) : new Field(NARROW[name].name, new Int32(), true),
    ),
  ];
}

/** The columns of a batch in the order of `journalFields`. */
export function encodeBatch(batch: JoinedCalls, wide: WideColumns): { length: number; columns: Data[] } {
  const { length } = batch;
  const plain = PLAIN_NAMES.map((name) =>
    makeData({ type: PLAIN[name] as Float64, length, data: batch[name] as Float64Array }),
  );
  const narrow = NARROW_NAMES.map((name) =>
    wide.has(name) ? makeData({ type: new Float64(), length, data: batch[name] }) : encodeNarrow(batch, name),
  );
  return { length, columns: [...plain, ...narrow] };
}

function encodeNarrow(batch: JoinedCalls, name: NarrowName): Data {
  const { length, intendedUs } = batch;
  const column = batch[name];
  const data = new Int32Array(length);
  const nullBitmap = new Uint8Array(Math.ceil(length / 64) * 8);
  const { isInstant } = NARROW[name];
  let nullCount = 0;
  for (let row = 0; row < length; row += 1) {
    const value = column[row] as number;
    if (Number.isNaN(value)) {
      nullCount += 1;
      continue;
    }
    data[row] = isInstant ? value - (intendedUs[row] as number) : value;
    nullBitmap[row >> 3] = (nullBitmap[row >> 3] as number) | (1 << (row & 7));
  }
  return makeData({ type: new Int32(), length, nullCount, data, nullBitmap });
}

/** The first column that is missing or of a type that no journal has; undefined when all are there. */
export function missingColumn(schema: Schema): string | undefined {
  const typeOf = (name: string): string => String(schema.fields.find((field) => field.name === name)?.type);
  const isWide = (name: NarrowName): boolean => typeOf(name) === "Float64";
  return (
    PLAIN_NAMES.find((name) => typeOf(name) !== String(PLAIN[name])) ??
    NARROW_NAMES.find((name) => !isWide(name) && typeOf(NARROW[name].name) !== "Int32")
  );
}

/** The rows of a record batch of a journal, the first of which is the Call `first`. */
export function decodeBatch(record: RecordBatch, first: number): JoinedCalls {
  const length = record.numRows;
  const columns = new Map(record.schema.fields.map(({ name }, index) => [name, record.data.children[index] as Data]));
  const plain = (name: PlainName) => (columns.get(name) as Data).values.slice(0, length) as unknown;
  const batch: Record<string, unknown> = { first, length };
  for (const name of PLAIN_NAMES) batch[name] = plain(name);
  for (const name of NARROW_NAMES) {
    const narrow = columns.get(NARROW[name].name) as Data<Int32>;
    const isWide = narrow === undefined || String(narrow.type) === "Float64";
    const base = NARROW[name].isInstant ? (batch.intendedUs as Float64Array) : undefined;
    batch[name] = isWide ? (columns.get(name) as Data).values.slice(0, length) : decodeNarrow(narrow, base);
  }
  return batch as unknown as JoinedCalls;
}

/** The numbers of a column, each counted from its row's `base`; NaN where there is none. */
function decodeNarrow(
  { length, values, nullBitmap, nullCount }: Data<Int32>,
  base: Float64Array | undefined,
): Float64Array {
  const column = new Float64Array(length);
  for (let row = 0; row < length; row += 1) {
    const isThere = nullCount === 0 || (((nullBitmap[row >> 3] as number) >> (row & 7)) & 1) === 1;
    const start = base === undefined ? 0 : (base[row] as number);
    column[row] = isThere ? start + (values[row] as number) : Number.NaN;
  }
  return column;
}
