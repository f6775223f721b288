/** Which device belongs to which cohort, and the working Behaviours and Faults behind the cohorts' text forms. */
import { PURPOSE, RandomStream, type Seed } from "../../protocol/random.ts";
import type { Behaviour } from "../../protocol/reaction.ts";
import type { Duration } from "../../protocol/time.ts";
import { type FormProblem, isProblem } from "../behaviour/form.ts";
import { type Latency, type LatencyMark, parseLatency } from "../behaviour/latency.ts";
import { ProgrammedBehaviour } from "../behaviour/programmed-behaviour.ts";
import { type BehaviourError, UserBehaviour } from "../behaviour/user-behaviour.ts";
import type { DeviceFault } from "../fault/device-fault.ts";
import { parseFault } from "../fault/parse-fault.ts";
import { loadBehaviour } from "./behaviour-file.ts";
import type { CohortPlan } from "./fleet-plan.ts";
import { parseReconnect, type ReconnectPolicy } from "./reconnect.ts";
import { parseTransport, type Transport } from "./transport-form.ts";

export interface Cohort {
  readonly name: string;
  /** Position in the plan. */
  readonly index: number;
  readonly behaviour: Behaviour;
  readonly faults: readonly DeviceFault[];
  readonly reconnect: ReconnectPolicy;
  /** When its devices begin to behave in another way. */
  readonly marks: readonly LatencyMark[];
  /** What went wrong in the user's own behaviour so far. */
  readonly errors: readonly BehaviourError[];
  readonly transport: Transport;
}

/** Builds the cohorts of a plan whose forms have been checked; a form that is wrong after all throws. */
export function buildCohorts(plans: readonly CohortPlan[], timeout: Duration): Cohort[] {
  return plans.map((plan, index) => {
    const faults: DeviceFault[] = [];
    for (const text of plan.faults) faults.push(checked(parseFault(text, { timeout }, faults)));
    const latency = checked(parseLatency(plan.latency, timeout));
    const behaviour = behaviourOf(plan, latency);
    const errors = behaviour instanceof UserBehaviour ? behaviour.errors : [];
    const reconnect = checked(parseReconnect(plan.reconnect));
    const transport = checked(parseTransport(plan.transport));
    const { name } = plan;
    return { name, index, behaviour, marks: latency.marks, errors, faults, reconnect, transport };
  });
}

function behaviourOf({ behaviour }: CohortPlan, latency: Latency): Behaviour {
  const own = new ProgrammedBehaviour(latency);
  if (behaviour === undefined) return own;
  const loaded = loadBehaviour(behaviour);
  if ("problem" in loaded) throw new Error(loaded.problem);
  return new UserBehaviour(loaded.programme, own);
}

function checked<T extends object>(parsed: T | FormProblem): T {
  if (isProblem(parsed)) throw new Error(parsed.message);
  return parsed as T;
}

/**
 * The cohort of a device, drawn by weight from the device's own stream: device 17 is in the same cohort whether the fleet has 20
 * devices or 20,000.
 */
export function cohortOf(cohorts: readonly CohortPlan[], device: number, seed: Seed): number {
  if (cohorts.length === 1) return 0;
  const total = cohorts.reduce((sum, cohort) => sum + cohort.weight, 0);
  let left = new RandomStream(seed).seek(device, PURPOSE.cohort, 0).below(total);
  for (const [index, cohort] of cohorts.entries()) {
    left -= cohort.weight;
    if (left < 0) return index;
  }
  return cohorts.length - 1;
}
