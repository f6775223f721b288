/** The plan and a server's model -> what every Call's response time is, to the microsecond; and what a closed loop makes of it. Pure. */
import type { Duration, Instant } from "../../protocol/time.ts";
import { type ServerModel, TIMEOUT } from "./pathology.ts";

export interface Truth {
  /** From the intended start, in ascending order; a Call without an answer in time counts as its deadline. */
  readonly responseTimes: Float64Array;
  readonly answered: number;
  readonly timedOut: number;
  /** Replies after the deadline. */
  readonly late: number;
}

/** The truth of a plan: every Call arrives when it is meant to, and the model says the rest, queues included (Lindley, 1952). */
export function truthOf(model: ServerModel, plan: Float64Array): Truth {
  const answers = Array.from(plan, (intended, call) => model(call, intended));
  const timedOut = answers.filter(({ status }) => status !== 200).length;
  return {
    responseTimes: Float64Array.from(answers, ({ at }, call) => at - (plan[call] as Instant)).sort(),
    answered: answers.length - timedOut,
    timedOut,
    late: answers.filter(({ late }) => late).length,
  };
}

/**
 * What one would measure with so many connections that each wait for their answer before they send again, from the actual send,
 * and without the Calls that got no answer: coordinated omission. In ascending order.
 */
export function closedLoop(model: ServerModel, plan: Float64Array, connections: number): Float64Array {
  const free = new Float64Array(connections);
  const times: Duration[] = [];
  for (const [call, intended] of plan.entries()) {
    const first = free.indexOf(Math.min(...free));
    const sent = Math.max(intended, free[first] as Instant);
    const { at, status } = model(call, sent);
    free[first] = at;
    if (status === 200) times.push(at - sent);
    else free[first] = sent + TIMEOUT;
  }
  return Float64Array.from(times).sort();
}

/** The value of rank ceil(p * n) of ascending values. */
export function quantileOf(sorted: Float64Array, p: number): Duration {
  return sorted[Math.max(1, Math.ceil(p * sorted.length - sorted.length * Number.EPSILON)) - 1] ?? Number.NaN;
}
