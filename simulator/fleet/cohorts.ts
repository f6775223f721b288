/** Which device belongs to which cohort, and the working Behaviours and Faults behind the cohorts' text forms. */
import { PURPOSE, RandomStream, type Seed } from "../../protocol/random.ts";
import type { Behaviour } from "../../protocol/responder.ts";
import type { Duration } from "../../protocol/time.ts";
import { isProblem } from "../behaviour/form.ts";
import { parseLatency } from "../behaviour/latency.ts";
import { ProgrammedBehaviour } from "../behaviour/programmed-behaviour.ts";
import { type CountedFault, parseFault } from "../fault/parse-fault.ts";
import type { CohortPlan } from "./fleet-plan.ts";

export interface Cohort {
  readonly name: string;
  readonly behaviour: Behaviour;
  readonly faults: readonly CountedFault[];
  /** Position of this cohort's first fault in the plan's list of all faults. */
  readonly firstFault: number;
}

/** Builds the cohorts of a plan whose forms have been checked; a form that is wrong after all throws. */
export function buildCohorts(plans: readonly CohortPlan[], timeout: Duration): Cohort[] {
  let firstFault = 0;
  return plans.map((plan) => {
    const latency = parseLatency(plan.latency);
    if (isProblem(latency)) throw new Error(latency.message);
    const faults: CountedFault[] = [];
    for (const text of plan.faults) {
      const fault = parseFault(text, timeout, faults);
      if ("kind" in fault) throw new Error(fault.message);
      faults.push(fault);
    }
    const cohort = { name: plan.name, behaviour: new ProgrammedBehaviour(latency), faults, firstFault };
    firstFault += faults.length;
    return cohort;
  });
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
