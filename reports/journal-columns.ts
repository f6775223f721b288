/**
 * The columns of a journal on disk. Every instant but the intended start is a whole number of microseconds after it, signed, so
 * that clocks which disagree by a little survive: `sentUs` is `sentAfterUs` in the file, 32 bits wide and null where there is no
 * such instant. A column with a value that 32 bits do not hold exactly (more than 35 minutes after the start, or a fraction of a
 * microsecond) is written as it is, under its own name and 64 bits wide, in the whole of that file.
 */
import {
  type Data,
  type DataType,
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
import { createJoinedCalls, type JoinedCalls } from "./joined-calls.ts";

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
  const column = (name: string): Data<DataType> | undefined => record.getChild(name)?.data[0];
  const length = record.numRows;
  const batch = createJoinedCalls(first, length);
  for (const name of PLAIN_NAMES) batch[name].set(valuesOf(column(name), length) as never);
  for (const name of NARROW_NAMES) {
    const wide = column(name);
    if (String(wide?.type) === "Float64") batch[name].set(valuesOf(wide, length) as Float64Array);
    else decodeNarrow(column(NARROW[name].name) as Data<Int32>, batch, name);
  }
  return batch;
}

/** Buffers of a file are padded. */
function valuesOf(column: Data<DataType> | undefined, length: number): Float64Array {
  return (column?.values as Float64Array).subarray(0, length);
}

function decodeNarrow({ values, nullBitmap, nullCount }: Data<Int32>, batch: JoinedCalls, name: NarrowName): void {
  const { length, intendedUs } = batch;
  const column = batch[name];
  const { isInstant } = NARROW[name];
  if (nullCount === length) return;
  for (let row = 0; row < length; row += 1) {
    const isThere = nullCount === 0 || (((nullBitmap[row >> 3] as number) >> (row & 7)) & 1) === 1;
    if (isThere)
      column[row] = isInstant ? (intendedUs[row] as number) + (values[row] as number) : (values[row] as number);
  }
}
