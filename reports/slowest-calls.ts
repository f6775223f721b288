/** The Calls worth looking at one by one: the slowest answered ones, and the first that got none. */
import { OUTCOME_CODE, OUTCOMES, type Outcome } from "../protocol/outcome.ts";
import type { Duration, Instant } from "../protocol/time.ts";
import type { Fold, JoinedCalls } from "./joined-calls.ts";
import type { RunFacts } from "./run-record.ts";
import { isAnswered } from "./series.ts";
import { STAGES, stagesOf } from "./stages.ts";

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
  /** How long each of STAGES took; undefined when the server's account does not have the Call. */
  readonly stages: readonly Duration[] | undefined;
}

const SLOWEST = 50;
const TIMEOUTS = 500;
const OTHERS = 50;

export class NotableCalls implements Fold {
  /** The slowest answered Calls, the slowest first; the earlier Call first where two took the same time. */
  readonly slowest: NotableCall[] = [];
  /** The first Calls that timed out, in plan order. */
  readonly timeouts: NotableCall[] = [];
  /** The first Calls that got no answer for another reason, in plan order. */
  readonly others: NotableCall[] = [];
  readonly #facts: RunFacts;
  /** What the last of the slowest took, once there are enough of them. */
  #bar = Number.NEGATIVE_INFINITY;

  constructor(facts: RunFacts) {
    this.#facts = facts;
  }

  add(batch: JoinedCalls): void {
    for (let row = 0; row < batch.length; row += 1) {
      if (isAnswered(batch.outcome[row] as number)) {
        const response = (batch.settledUs[row] as number) - (batch.intendedUs[row] as number);
        if (!(response <= this.#bar)) this.#insert(notable(this.#facts, batch, row));
        continue;
      }
      const isTimeout = batch.outcome[row] === OUTCOME_CODE.timeout;
      const list = isTimeout ? this.timeouts : this.others;
      if (list.length < (isTimeout ? TIMEOUTS : OTHERS)) list.push(notable(this.#facts, batch, row));
    }
  }

  #insert(call: NotableCall): void {
    const place = this.slowest.findIndex((other) => other.response < call.response);
    this.slowest.splice(place === -1 ? this.slowest.length : place, 0, call);
    if (this.slowest.length > SLOWEST) this.slowest.pop();
    if (this.slowest.length === SLOWEST) this.#bar = this.slowest.at(-1)?.response ?? this.#bar;
  }
}

function notable(facts: RunFacts, batch: JoinedCalls, row: number): NotableCall {
  const intended = batch.intendedUs[row] as number;
  const isReceived = !Number.isNaN(batch.deviceReceivedUs[row]);
  const names = facts.faults[batch.cohort[row] as number] ?? [];
  return {
    call: batch.first + row,
    device: batch.device[row] as number,
    intended,
    response: (batch.settledUs[row] as number) - intended,
    programmed: batch.deviceProgrammedUs[row] as number,
    outcome: OUTCOMES[batch.outcome[row] as number],
    faults: isReceived ? firedFaults(names, batch.faults[row] as number) : [],
    stages: stagesIn(batch, row),
  };
}

function stagesIn(batch: JoinedCalls, row: number): Duration[] | undefined {
  const stages = new Float64Array(STAGES.length);
  if (Number.isNaN(batch.serverAcceptUs[row]) || !stagesOf(batch, row, stages)) return undefined;
  return [...stages];
}

/** The names whose bits are set. */
export function firedFaults(names: readonly string[], bits: number): string[] {
  return names.filter((_, position) => ((bits >>> position) & 1) === 1);
}
