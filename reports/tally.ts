/** Counting Calls by Outcome, over a run or a part of it. */
import { OUTCOMES, type Outcome } from "../protocol/outcome.ts";
import type { RunRecord } from "./run-record.ts";
import { isAnswered, waitedInVain } from "./series.ts";

export interface Tally {
  planned: number;
  sent: number;
  readonly outcomes: Record<Outcome, number>;
  /** Calls that have an Outcome which needs a settled time (answered, or waited in vain) but no such time. */
  unsettled: number;
  mismatched: number;
}

/** Counts the Calls that `includes` lets through (all of them by default). */
export function tallyCalls({ calls }: RunRecord, includes?: (call: number) => boolean): Tally {
  const outcomes = Object.fromEntries(OUTCOMES.map((name) => [name, 0])) as Record<Outcome, number>;
  const tally: Tally = { planned: 0, sent: 0, outcomes, unsettled: 0, mismatched: 0 };
  for (let call = 0; call < calls.length; call += 1) {
    if (includes !== undefined && !includes(call)) continue;
    const code = calls.outcome[call] as number;
    const outcome = OUTCOMES[code];
    tally.planned += 1;
    if (!Number.isNaN(calls.sentUs[call])) tally.sent += 1;
    if (outcome !== undefined) outcomes[outcome] += 1;
    if ((isAnswered(code) || waitedInVain(code)) && Number.isNaN(calls.settledUs[call])) tally.unsettled += 1;
    if (calls.mismatched[call] === 1) tally.mismatched += 1;
  }
  return tally;
}

/** Sum of all Outcomes; smaller than `planned` when a Call carries a code that is no Outcome. */
export function sumOfOutcomes(tally: Tally): number {
  return Object.values(tally.outcomes).reduce((sum, count) => sum + count, 0);
}
