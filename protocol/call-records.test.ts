import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type CallColumns,
  columnBuffers,
  concatColumns,
  createCallColumns,
  createLedgerColumns,
  growColumns,
  type LedgerColumns,
} from "./call-records.ts";
import { OUTCOME_CODE } from "./outcome.ts";

type Columns = CallColumns | LedgerColumns;
type Row = Record<string, number>;

/** The rows in use, as plain objects. */
function rowsOf(columns: Columns): Row[] {
  return Array.from({ length: columns.length }, (_, row) => rowAt(columns, row));
}

function rowAt(columns: Columns, row: number): Row {
  const cells = Object.entries(columns).filter(([name]) => name !== "length");
  return Object.fromEntries(cells.map(([name, column]) => [name, (column as Uint8Array)[row] as number]));
}

function filled<T extends Columns>(columns: T, rows: readonly Row[]): T {
  for (const [at, row] of rows.entries()) {
    for (const [name, value] of Object.entries(row)) (columns[name as keyof T] as Uint8Array)[at] = value;
  }
  columns.length = rows.length;
  return columns;
}

const instant = fc.oneof(fc.nat(1e9), fc.constant(Number.NaN));
const callRow = fc.record({
  intendedUs: instant,
  sentUs: instant,
  settledUs: instant,
  outcome: fc.nat(8),
  status: fc.nat(599),
  device: fc.nat(2 ** 32 - 1),
  step: fc.nat(2 ** 16 - 1),
  mismatched: fc.nat(1),
  kind: fc.nat(255),
  retryOf: fc.integer({ min: -1, max: 2 ** 31 - 1 }),
});
const ledgerRow = fc.record({
  call: fc.integer({ min: -1, max: 2 ** 31 - 1 }),
  device: fc.nat(2 ** 32 - 1),
  receivedUs: instant,
  programmedUs: instant,
  repliedUs: instant,
  faults: fc.nat(2 ** 31 - 1).map((bits) => bits * 2 + 1),
  cohort: fc.nat(65_535),
});
const KINDS: readonly [string, (capacity: number) => Columns, fc.Arbitrary<Row>][] = [
  ["calls", createCallColumns, callRow],
  ["ledger", createLedgerColumns, ledgerRow],
];

describe.each(KINDS)("%s in columns", (_, create, row) => {
  it("grow without a loss, and the new room is as good as new", () => {
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 20 }), fc.nat(100), (rows, more) => {
        const before = filled(create(rows.length), rows);
        const grown = growColumns(before, rows.length + more);
        expect(rowsOf(grown)).toEqual(rows);
        const fresh = rowAt(create(1), 0);
        if (more > 0) {
          const last = rowAt(grown, rows.length + more - 1);
          // What was received and programmed is always written with the row.
          for (const name of ["outcome", "sentUs", "settledUs", "repliedUs", "status", "faults", "cohort"]) {
            expect(last[name]).toBe(fresh[name]);
          }
        } else expect(grown).toBe(before);
      }),
    );
  });

  it("appending one by one doubles: few copies, all rows", () => {
    let columns = create(1);
    let copies = 0;
    for (let i = 0; i < 1_000; i++) {
      const bigger = growColumns(columns, i + 1);
      if (bigger !== columns) copies++;
      columns = bigger;
      columns.device[i] = i;
      columns.length = i + 1;
    }
    expect(copies).toBe(10);
    expect(rowsOf(columns).map(({ device }) => device)).toEqual(Array.from({ length: 1_000 }, (_, i) => i));
  });

  it("join one behind the other, also when a part has room to spare", () => {
    fc.assert(
      fc.property(fc.array(fc.array(row, { maxLength: 8 }), { maxLength: 5 }), fc.nat(5), (parts, spare) => {
        const joined = concatColumns(
          create(1),
          parts.map((rows) => filled(create(rows.length + spare), rows)),
        );
        expect(rowsOf(joined)).toEqual(parts.flat());
      }),
    );
  });

  it("hand over every column's buffer once", () => {
    const columns = create(3);
    const buffers = columnBuffers(columns);
    expect(new Set(buffers).size).toBe(Object.keys(columns).length - 1);
    const moved = structuredClone(columns, { transfer: buffers });
    expect(columns.device.length).toBe(0);
    expect(moved.device.length).toBe(3);
  });
});

it("a call that was never touched is a dropped one without a send time", () => {
  const row = rowAt(createCallColumns(1), 0);
  expect(row).toMatchObject({ outcome: OUTCOME_CODE.dropped, sentUs: Number.NaN, settledUs: Number.NaN, status: 0 });
});
