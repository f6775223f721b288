/**
 * Calls as every report reads them: one row per planned Call with what its caller, its device and the server know of it, in
 * stretches that fit into memory however long the run was.
 */
import { createCallColumns } from "../protocol/call-records.ts";

/** Most rows of one stretch; those of a run have as many, but for the last. */
export const BATCH_ROWS = 65_536;

/**
 * A stretch of consecutive planned Calls: row `i` is the Call `first + i`. All instants are microseconds since the run's origin,
 * NaN where there is none; the meaning of the caller's columns is that of CallColumns, of the device's that of LedgerColumns.
 */
export interface JoinedCalls {
  readonly first: number;
  /** Rows in use; the arrays have exactly as many. */
  readonly length: number;
  readonly intendedUs: Float64Array;
  readonly sentUs: Float64Array;
  readonly settledUs: Float64Array;
  readonly outcome: Uint8Array;
  readonly status: Uint16Array;
  readonly device: Uint32Array;
  readonly step: Uint16Array;
  readonly mismatched: Uint8Array;
  readonly kind: Uint8Array;
  readonly retryOf: Int32Array;
  /** NaN when its device received no request for it; then the rest of the device's columns is empty as well. */
  readonly deviceReceivedUs: Float64Array;
  /** NaN also when the device was programmed never to answer. */
  readonly deviceProgrammedUs: Float64Array;
  readonly deviceRepliedUs: Float64Array;
  readonly faults: Uint32Array;
  readonly cohort: Uint16Array;
  /** When the embedded server admitted the Call; NaN for a server that is not ours, and for Calls that never reached it. */
  readonly serverAcceptUs: Float64Array;
  /** When it handed the Call to a connection of the device. */
  readonly serverDispatchUs: Float64Array;
  /** When it knew how the Call ended. */
  readonly serverSettleUs: Float64Array;
}

/** The Calls of a run. `batches` may be asked for again and starts anew each time; a batch stays as it is once it was handed out. */
export interface CallSource {
  /** Planned Calls. */
  readonly length: number;
  batches(): Iterable<JoinedCalls>;
}

/** What gathers something from Calls, a stretch at a time, in the order of the plan. */
export interface Fold {
  add(batch: JoinedCalls): void;
}

/** So many Calls stay in the processor's cache while one fold after the other looks at them. */
const FOLD_ROWS = 4_096;

/** Shows every Call to each of the folds, in one pass. */
export function foldCalls(calls: CallSource, ...folds: readonly Fold[]): void {
  for (const batch of calls.batches()) {
    for (let from = 0; from < batch.length; from += FOLD_ROWS) {
      const part = partOf(batch, from, Math.min(batch.length, from + FOLD_ROWS));
      for (const fold of folds) fold.add(part);
    }
  }
}

/** These rows of a batch, in the same memory. */
function partOf(batch: JoinedCalls, from: number, until: number): JoinedCalls {
  return {
    first: batch.first + from,
    length: until - from,
    intendedUs: batch.intendedUs.subarray(from, until),
    sentUs: batch.sentUs.subarray(from, until),
    settledUs: batch.settledUs.subarray(from, until),
    outcome: batch.outcome.subarray(from, until),
    status: batch.status.subarray(from, until),
    device: batch.device.subarray(from, until),
    step: batch.step.subarray(from, until),
    mismatched: batch.mismatched.subarray(from, until),
    kind: batch.kind.subarray(from, until),
    retryOf: batch.retryOf.subarray(from, until),
    deviceReceivedUs: batch.deviceReceivedUs.subarray(from, until),
    deviceProgrammedUs: batch.deviceProgrammedUs.subarray(from, until),
    deviceRepliedUs: batch.deviceRepliedUs.subarray(from, until),
    faults: batch.faults.subarray(from, until),
    cohort: batch.cohort.subarray(from, until),
    serverAcceptUs: batch.serverAcceptUs.subarray(from, until),
    serverDispatchUs: batch.serverDispatchUs.subarray(from, until),
    serverSettleUs: batch.serverSettleUs.subarray(from, until),
  };
}

/** Rows of Calls that nothing is known of, to be filled in. */
export function createJoinedCalls(first: number, length: number): JoinedCalls {
  const { length: _, ...calls } = createCallColumns(length);
  const instants = (): Float64Array => new Float64Array(length).fill(Number.NaN);
  return {
    ...calls,
    first,
    length,
    deviceReceivedUs: instants(),
    deviceProgrammedUs: instants(),
    deviceRepliedUs: instants(),
    faults: new Uint32Array(length),
    cohort: new Uint16Array(length),
    serverAcceptUs: instants(),
    serverDispatchUs: instants(),
    serverSettleUs: instants(),
  };
}
