/** The Calls worth looking at one by one: the slowest answered ones, and the first that got no answer. */
import { OUTCOMES, type Outcome } from "../protocol/outcome.ts";
import type { Duration, Instant } from "../protocol/time.ts";
import type { LedgerJoin } from "./ledger-join.ts";
import type { RunRecord } from "./run-record.ts";
import { isAnswered } from "./series.ts";

export interface NotableCall {
  /** Index in the plan. */
  readonly call: number;
  readonly device: number;
  readonly intended: Instant;
  /** Settled - intended start; NaN when the Call has no settled time. */
  readonly response: Duration;
  /** What its device was programmed to take; NaN when it received nothing or was never to answer. */
  readonly programmed: Duration;
  readonly outcome: Outcome | undefined;
  /** Names of the faults that fired on it. */
  readonly faults: readonly string[];
}

/** The `count` slowest answered Calls, the slowest first; the earlier Call first where two took the same time. */
export function slowestCalls(record: RunRecord, join: LedgerJoin, count: number): NotableCall[] {
  const { calls } = record;
  const slowest: { call: number; response: Duration }[] = [];
  for (let call = 0; call < calls.length; call += 1) {
    if (!isAnswered(calls.outcome[call] as number)) continue;
    const response = (calls.settledUs[call] as number) - (calls.intendedUs[call] as number);
    const last = slowest.at(-1);
    if (slowest.length === count && last !== undefined && response <= last.response) continue;
    const place = slowest.findIndex((other) => other.response < response);
    slowest.splice(place === -1 ? slowest.length : place, 0, { call, response });
    if (slowest.length > count) slowest.pop();
  }
  return slowest.map(({ call }) => notable(record, join, call));
}

/** The first `count` Calls that were not answered, in plan order. */
export function firstUnanswered(record: RunRecord, join: LedgerJoin, count: number): NotableCall[] {
  const found: NotableCall[] = [];
  for (let call = 0; call < record.calls.length && found.length < count; call += 1) {
    if (!isAnswered(record.calls.outcome[call] as number)) found.push(notable(record, join, call));
  }
  return found;
}

function notable({ calls, ledger, facts }: RunRecord, join: LedgerJoin, call: number): NotableCall {
  const row = join.rowOfCall[call] as number;
  const intended = calls.intendedUs[call] as number;
  return {
    call,
    device: calls.device[call] as number,
    intended,
    response: (calls.settledUs[call] as number) - intended,
    programmed: row < 0 ? Number.NaN : (ledger.programmedUs[row] as number),
    outcome: OUTCOMES[calls.outcome[call] as number],
    faults: row < 0 ? [] : firedFaults(facts.faults[ledger.cohort[row] as number] ?? [], ledger.faults[row] as number),
  };
}

/** The names whose bits are set. */
export function firedFaults(names: readonly string[], bits: number): string[] {
  return names.filter((_, position) => ((bits >>> position) & 1) === 1);
}
