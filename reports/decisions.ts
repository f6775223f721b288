/**
 * What every device of a run decided: which call it had, how long it meant to take, which faults befell it. Ordered by device and
 * call, so that two runs of one seed can be compared byte by byte, however many threads and whichever engine made them.
 */
import type { LedgerColumns } from "../protocol/call-records.ts";
import { csvCell } from "./csv-cell.ts";
import type { RunFacts, RunRecord } from "./run-record.ts";
import { firedFaults } from "./slowest-calls.ts";

const HEADING = "device,call,delay_us,faults";

/**
 * CSV lines with their heading; a device that was never to answer has no delay, a request that was none of the plan's no line. To be
 * put in order a request is held in 22 bytes: the one thing read from a run that grows with its Calls.
 */
export function* decisionLines({
  calls,
  extra,
  facts,
}: Pick<RunRecord, "calls" | "extra" | "facts">): Generator<string> {
  const rows = new Decisions(calls.length + extra.length);
  const others = repetitions(extra);
  let next = 0;
  const takeUpTo = (call: number): void => {
    for (; next < others.length && (extra.call[others[next] as number] as number) <= call; next += 1) {
      const row = others[next] as number;
      rows.push({
        call: extra.call[row] as number,
        device: extra.device[row] as number,
        delay: extra.programmedUs[row] as number,
        faults: extra.faults[row] as number,
        cohort: extra.cohort[row] as number,
      });
    }
  };
  for (const batch of calls.batches()) {
    for (let row = 0; row < batch.length; row += 1) {
      const call = batch.first + row;
      takeUpTo(call - 1);
      if (Number.isNaN(batch.deviceReceivedUs[row])) continue;
      rows.push({
        call,
        device: batch.device[row] as number,
        delay: batch.deviceProgrammedUs[row] as number,
        faults: batch.faults[row] as number,
        cohort: batch.cohort[row] as number,
      });
    }
  }
  takeUpTo(Number.POSITIVE_INFINITY);
  yield HEADING;
  for (const row of rows.byDevice()) yield rows.line(row, facts);
}

/** Rows of requests that name a Call, by that Call and then in the order they were received. */
function repetitions({ call, length }: LedgerColumns): Uint32Array {
  const rows = Uint32Array.from({ length }, (_, row) => row).filter((row) => (call[row] as number) >= 0);
  return rows.sort((a, b) => (call[a] as number) - (call[b] as number));
}

interface Decision {
  readonly call: number;
  readonly device: number;
  readonly delay: number;
  readonly faults: number;
  readonly cohort: number;
}

/** Requests in the order of their Calls. */
class Decisions {
  #length = 0;
  readonly #call: Uint32Array;
  readonly #device: Uint32Array;
  readonly #delay: Float64Array;
  readonly #faults: Uint32Array;
  readonly #cohort: Uint16Array;

  constructor(capacity: number) {
    this.#call = new Uint32Array(capacity);
    this.#device = new Uint32Array(capacity);
    this.#delay = new Float64Array(capacity);
    this.#faults = new Uint32Array(capacity);
    this.#cohort = new Uint16Array(capacity);
  }

  push({ call, device, delay, faults, cohort }: Decision): void {
    const row = this.#length;
    this.#call[row] = call;
    this.#device[row] = device;
    this.#delay[row] = delay;
    this.#faults[row] = faults;
    this.#cohort[row] = cohort;
    this.#length += 1;
  }

  /** Rows by device; those of one device stay in their order. */
  byDevice(): Uint32Array {
    const devices = this.#device.subarray(0, this.#length);
    const starts = new Uint32Array(devices.reduce((most, device) => Math.max(most, device), 0) + 2);
    for (const device of devices) starts[device + 1] = (starts[device + 1] as number) + 1;
    for (let device = 1; device < starts.length; device += 1) {
      starts[device] = (starts[device] as number) + (starts[device - 1] as number);
    }
    const ordered = new Uint32Array(this.#length);
    for (const [row, device] of devices.entries()) {
      ordered[starts[device] as number] = row;
      starts[device] = (starts[device] as number) + 1;
    }
    return ordered;
  }

  line(row: number, { faults }: RunFacts): string {
    const delay = this.#delay[row] as number;
    const names = firedFaults(faults[this.#cohort[row] as number] ?? [], this.#faults[row] as number);
    const cells = [this.#device[row], this.#call[row], Number.isNaN(delay) ? "" : delay, csvCell(names.join(" + "))];
    return cells.join(",");
  }
}
