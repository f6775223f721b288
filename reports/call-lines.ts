/** The Calls of a run as CSV: one line for each, with names where the journal has numbers. */
import { OUTCOMES } from "../protocol/outcome.ts";
import { csvCell } from "./csv-cell.ts";
import type { JoinedCalls } from "./joined-calls.ts";
import type { RunRecord } from "./run-record.ts";
import { firedFaults } from "./slowest-calls.ts";

const INSTANTS = {
  intended_us: "intendedUs",
  sent_us: "sentUs",
  settled_us: "settledUs",
  server_accept_us: "serverAcceptUs",
  server_dispatch_us: "serverDispatchUs",
  device_received_us: "deviceReceivedUs",
  device_replied_us: "deviceRepliedUs",
  server_settle_us: "serverSettleUs",
  device_programmed_us: "deviceProgrammedUs",
} as const;
const INSTANT_COLUMNS = Object.values(INSTANTS);
const HEADING = [
  "call",
  "kind",
  "retry_of",
  "step",
  "device",
  "outcome",
  "status",
  "mismatched",
  ...Object.keys(INSTANTS),
  "cohort",
  "faults",
].join(",");

/**
 * A heading and a line per Call in the order of the plan, read as they are asked for. Instants are microseconds since the workload
 * began; a cell is empty where there is nothing to say.
 */
export function* callLines({ calls, facts }: Pick<RunRecord, "calls" | "facts">): Generator<string> {
  yield HEADING;
  for (const batch of calls.batches()) {
    for (let row = 0; row < batch.length; row += 1) yield lineOf(batch, row, facts.faults);
  }
}

function lineOf(batch: JoinedCalls, row: number, faultNames: readonly (readonly string[])[]): string {
  const retryOf = batch.retryOf[row] as number;
  const outcome = batch.outcome[row] as number;
  const isReceived = !Number.isNaN(batch.deviceReceivedUs[row]);
  const cohort = batch.cohort[row] as number;
  const bits = batch.faults[row] as number;
  let line = `${batch.first + row},${batch.kind[row]},${retryOf < 0 ? "" : retryOf},${batch.step[row]},${batch.device[row]}`;
  line += `,${OUTCOMES[outcome] ?? outcome},${batch.status[row]},${batch.mismatched[row]}`;
  for (const name of INSTANT_COLUMNS) {
    const value = batch[name][row] as number;
    line += Number.isNaN(value) ? "," : `,${value}`;
  }
  line += isReceived ? `,${cohort},` : ",,";
  return bits === 0 ? line : line + csvCell(firedFaults(faultNames[cohort] ?? [], bits).join(" + "));
}
