/**
 * What the fleet knows of the calls its devices make themselves (client-side RPC), as columns: one row per planned call, in the
 * order of the plan. All instants are microseconds since the run's origin, NaN where there is none.
 */

/**
 * How a client-side call ends, as its device sees it.
 * - `ok`, `error`: answered; the answer is `{"error": ...}` in the second case.
 * - `timeout`: no answer within the device's own patience.
 * - `lost`: the connection, or an interrupted run, ended before the answer came.
 * - `dropped`: planned, never sent: the device was not connected, or the run was interrupted before its instant.
 */
export const CLIENT_OUTCOMES = ["ok", "error", "timeout", "lost", "dropped"] as const;
export type ClientOutcome = (typeof CLIENT_OUTCOMES)[number];

/** The value of each outcome in a column. */
export const CLIENT_OUTCOME_CODE: Readonly<Record<ClientOutcome, number>> = {
  ok: 0,
  error: 1,
  timeout: 2,
  lost: 3,
  dropped: 4,
};

export interface ClientCallColumns {
  /** Rows in use; the arrays may be longer. */
  length: number;
  /** When the plan wanted the call to start; ascending. */
  intendedUs: Float64Array;
  /** When it was written to the socket; NaN when it never was. */
  sentUs: Float64Array;
  /** When it ended; NaN when it was never sent. */
  settledUs: Float64Array;
  /** Code of its outcome, see CLIENT_OUTCOME_CODE. */
  outcome: Uint8Array;
}

/** Columns for the calls of a plan, none of them sent yet. */
export function createClientCallColumns(intendedUs: Float64Array): ClientCallColumns {
  const { length } = intendedUs;
  return {
    length,
    intendedUs,
    sentUs: new Float64Array(length).fill(Number.NaN),
    settledUs: new Float64Array(length).fill(Number.NaN),
    outcome: new Uint8Array(length).fill(CLIENT_OUTCOME_CODE.dropped),
  };
}
