/**
 * What every device of a run decided: which call it had, how long it meant to take, which faults befell it. Ordered by device and
 * call, so that two runs of one seed can be compared byte by byte, however many threads and whichever engine made them.
 */
import type { RunRecord } from "./run-record.ts";
import { firedFaults } from "./slowest-calls.ts";

const HEADING = "device,call,delay_us,faults";

/** CSV lines with their heading; a device that was never to answer has no delay, a request that was none of the plan's no line. */
export function decisionLines({ ledger, facts }: Pick<RunRecord, "ledger" | "facts">): string[] {
  const rows = Array.from({ length: ledger.length }, (_, row) => row).filter(
    (row) => (ledger.call[row] as number) >= 0,
  );
  const key = (row: number): [number, number] => [ledger.device[row] as number, ledger.call[row] as number];
  rows.sort((a, b) => {
    const [deviceA, callA] = key(a);
    const [deviceB, callB] = key(b);
    return deviceA - deviceB || callA - callB || a - b;
  });
  const lines = rows.map((row) => {
    const delay = ledger.programmedUs[row] as number;
    const names = firedFaults(facts.faults[ledger.cohort[row] as number] ?? [], ledger.faults[row] as number);
    return [...key(row), Number.isNaN(delay) ? "" : delay, quoted(names.join(" + "))].join(",");
  });
  return [HEADING, ...lines];
}

/** RFC 4180: a cell with a comma or a quote stands in quotes. */
function quoted(cell: string): string {
  return /[",]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
