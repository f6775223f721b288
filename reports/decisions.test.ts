import { expect, it } from "vitest";
import { createLedgerColumns } from "../protocol/call-records.ts";
import { decisionLines } from "./decisions.ts";
import { fixtureRecord } from "./fixture.ts";

function recordOf(
  rows: readonly (readonly [call: number, device: number, delay: number, faults: number, cohort: number])[],
) {
  const ledger = createLedgerColumns(rows.length);
  ledger.length = rows.length;
  for (const [row, [call, device, delay, faults, cohort]] of rows.entries()) {
    ledger.call[row] = call;
    ledger.device[row] = device;
    ledger.programmedUs[row] = delay;
    ledger.faults[row] = faults;
    ledger.cohort[row] = cohort;
  }
  const { facts } = fixtureRecord({});
  return { ledger, facts: { ...facts, faults: [["a: drop(1%)"], ["b: late(p=1%, by=5ms)", 'b: error("x")']] } };
}

it("is ordered by device and call, whatever the order of arrival, and leaves out what was not planned", () => {
  const rows = [
    [7, 2, 500, 0, 0],
    [3, 2, Number.NaN, 1, 0],
    [-1, 1, 9, 0, 0],
    [4, 0, 20, 0b11, 1],
    [5, 0, 30, 0b10, 1],
  ] as const;
  const expected = [
    "device,call,delay_us,faults",
    '0,4,20,"b: late(p=1%, by=5ms) + b: error(""x"")"',
    '0,5,30,"b: error(""x"")"',
    "2,3,,a: drop(1%)",
    "2,7,500,",
  ];
  expect(decisionLines(recordOf(rows))).toEqual(expected);
  expect(decisionLines(recordOf([...rows].reverse()))).toEqual(expected);
});
