import { expect, it } from "vitest";
import { createCallColumns, createLedgerColumns } from "../protocol/call-records.ts";
import { decisionLines } from "./decisions.ts";
import { fixtureRecord } from "./fixture.ts";
import { joinCalls } from "./join-calls.ts";

type Row = readonly [call: number, device: number, delay: number, faults: number, cohort: number];

/** A record of these requests; each of the plan's Calls is for the device of its first request. */
function recordOf(rows: readonly Row[]) {
  const calls = createCallColumns(10);
  calls.length = 10;
  const ledger = createLedgerColumns(rows.length);
  ledger.length = rows.length;
  for (const [row, [call, device, delay, faults, cohort]] of rows.entries()) {
    if (call >= 0) calls.device[call] = device;
    ledger.call[row] = call;
    ledger.device[row] = device;
    ledger.programmedUs[row] = delay;
    ledger.faults[row] = faults;
    ledger.cohort[row] = cohort;
  }
  const { facts } = fixtureRecord({});
  const names = [["a: drop(1%)"], ["b: late(p=1%, by=5ms)", 'b: error("x")']];
  return { ...joinCalls({ calls, ledger }), facts: { ...facts, faults: names } };
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
  expect([...decisionLines(recordOf(rows))]).toEqual(expected);
  expect([...decisionLines(recordOf([...rows].reverse()))]).toEqual(expected);
});

it("has a line for every repetition of a request, in the order they came, and for one that names no call of the plan", () => {
  const rows = [
    [12, 0, 4, 0, 0],
    [4, 1, 1, 0, 0],
    [4, 1, 2, 0, 0],
    [6, 1, 9, 0, 0],
    [4, 1, 3, 0, 0],
  ] as const;
  const lines = ["0,12,4,", "1,4,1,", "1,4,2,", "1,4,3,", "1,6,9,"];
  expect([...decisionLines(recordOf(rows))].slice(1)).toEqual(lines);
});
