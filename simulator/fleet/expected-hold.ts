/** How long a call to a planned fleet is expected to take, from the fleet's own programme: what connections and k6 VUs are sized by. */
import { RandomStream, seedFrom } from "../../protocol/random.ts";
import { Responder } from "../../protocol/responder.ts";
import type { Duration } from "../../protocol/time.ts";
import { buildCohorts, type Cohort, cohortOf } from "./cohorts.ts";
import type { CohortPlan } from "./fleet-plan.ts";

const SAMPLES = 2_000;

/** Mean of min(device time, timeout) in microseconds over sampled devices; a silent device holds its caller until the timeout. */
export function expectedHold(plans: readonly CohortPlan[], timeout: Duration, seedText: string): Duration {
  const seed = seedFrom(seedText);
  const random = new RandomStream(seed);
  const cohorts = buildCohorts(plans, timeout);
  let sum = 0;
  for (let device = 0; device < SAMPLES; device++) {
    const { behaviour, faults } = cohorts[cohortOf(plans, device, seed)] as Cohort;
    const responder = new Responder({ device, behaviour, faults, random });
    const place = { ticket: 0, via: 0, requestId: 1, at: 0, delivery: undefined };
    const request = { kind: "request", ...place, method: "", params: {}, call: device } as const;
    const [effect] = responder.handle(request, 0);
    const delay = effect?.kind === "programmed" ? effect.delay : undefined;
    sum += Math.min(timeout, delay ?? timeout);
  }
  return sum / SAMPLES;
}
