/** Counting Calls by Outcome, over a run or a part of it. */
import { OUTCOMES, type Outcome } from "../protocol/outcome.ts";
import type { JoinedCalls } from "./joined-calls.ts";
import { isAnswered, waitedInVain } from "./series.ts";

export interface Tally {
  planned: number;
  sent: number;
  readonly outcomes: Record<Outcome, number>;
  /** Calls that have an Outcome which needs a settled time (answered, or waited in vain) but no such time. */
  unsettled: number;
  mismatched: number;
}

export function createTally(): Tally {
  const outcomes = Object.fromEntries(OUTCOMES.map((name) => [name, 0])) as Record<Outcome, number>;
  return { planned: 0, sent: 0, outcomes, unsettled: 0, mismatched: 0 };
}

/** Counts the Calls of some rows. */
export function tallyCalls(tally: Tally, batch: JoinedCalls, from: number, until: number): void {
  const byCode = new Uint32Array(256);
  for (let row = from; row < until; row += 1) {
    const code = batch.outcome[row] as number;
    byCode[code] = (byCode[code] as number) + 1;
    if (!Number.isNaN(batch.sentUs[row])) tally.sent += 1;
    if (Number.isNaN(batch.settledUs[row]) && (isAnswered(code) || waitedInVain(code))) tally.unsettled += 1;
    if (batch.mismatched[row] === 1) tally.mismatched += 1;
  }
  tally.planned += until - from;
  for (const [code, outcome] of OUTCOMES.entries()) tally.outcomes[outcome] += byCode[code] as number;
}

/** Adds what `other` counted. */
export function mergeTally(tally: Tally, other: Tally): void {
  tally.planned += other.planned;
  tally.sent += other.sent;
  tally.unsettled += other.unsettled;
  tally.mismatched += other.mismatched;
  for (const outcome of OUTCOMES) tally.outcomes[outcome] += other.outcomes[outcome];
}

/** Sum of all Outcomes; smaller than `planned` when a Call carries a code that is no Outcome. */
export function sumOfOutcomes(tally: Tally): number {
  return Object.values(tally.outcomes).reduce((sum, count) => sum + count, 0);
}
