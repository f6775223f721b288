/** The load of a run: what the texts of its workload say, read once, and every problem of them. */
import { parseDuration, SECOND } from "../../protocol/time.ts";
import { type PlannedStep, planSteps } from "../../scenarios/arrivals.ts";
import { expectedCalls, peakRate } from "../../scenarios/rate-profile.ts";
import type { Scenario, ScenarioInput } from "../../scenarios/scenario.ts";
import { type TargetRule, UNIFORM } from "../../scenarios/target-rule.ts";
import { type FormProblem, isProblem } from "../../simulator/behaviour/form.ts";
import { parseLatency } from "../../simulator/behaviour/latency.ts";
import { parseAbort } from "../../simulator/caller/abort-form.ts";
import { parseRetry } from "../../simulator/caller/retry-form.ts";
import { parseShape, type Shape } from "./shape-form.ts";
import { parseTargets } from "./target-form.ts";

export interface LoadForms {
  /** Undefined: an even rate, or a closed workload. */
  readonly shape: Shape | undefined;
  readonly targets: TargetRule;
}

export interface Load extends LoadForms {
  readonly steps: readonly PlannedStep[];
  /** The highest rate of each step, calls per second; undefined in a closed workload. */
  readonly peaks: readonly (number | undefined)[];
}

/** Reads the texts of a scenario that may be wrong in other places. */
export function readLoad(given: ScenarioInput, problems: string[]): LoadForms {
  const { workload, caller, fleet } = given;
  const devices = Number.isInteger(fleet.devices) && fleet.devices > 0 ? fleet.devices : 1;
  const read = <T extends object>(place: string, text: unknown, parse: (text: string) => T | FormProblem) => {
    if (typeof text !== "string" || text.trim() === "") return undefined;
    const parsed = parse(text);
    if (!isProblem(parsed)) return parsed;
    problems.push(`${place} "${text}": ${parsed.message}`);
    return undefined;
  };
  const duration = parseDuration(String("duration" in workload ? workload.duration : "")) ?? SECOND;
  const shapeText = workload.kind === "open" ? workload.shape : undefined;
  const shape = read("workload.shape", shapeText, (text) =>
    parseShape(text, { duration, devices, kinds: kindsOf(given) }),
  );
  const targets = read("targets", given.targets, (text) => parseTargets(text, devices));
  read("caller.abort", caller?.abort, parseAbort);
  read("caller.retry", caller?.retry, parseRetry);
  read("workload.think", workload.kind === "closed" ? workload.think : undefined, (text) => parseLatency(text));
  if (shape?.kind === "trace" && shape.devices !== undefined && given.targets !== undefined) {
    problems.push("targets: the trace says which device each call goes to; leave out targets or its column device");
  }
  return { shape, targets: targets ?? UNIFORM };
}

/** The plan's steps, once the scenario is known to be sound. */
export function settleLoad({ workload }: Scenario, forms: LoadForms): Load {
  const { shape } = forms;
  if (shape === undefined) {
    const steps = planSteps(workload);
    return { ...forms, steps, peaks: steps.map(({ rate }) => rate) };
  }
  const { duration } = workload as Extract<Scenario["workload"], { kind: "open" }>;
  const calls = shape.kind === "trace" ? shape.startsUs.length : expectedCalls(shape.profile, duration);
  const peak = shape.kind === "trace" ? busiestSecond(shape.startsUs) : peakRate(shape.profile, duration);
  return { ...forms, steps: planSteps(workload, (calls * SECOND) / duration), peaks: [peak] };
}

/** Calls in the busiest second that begins with one. */
function busiestSecond(startsUs: Float64Array): number {
  let most = 0;
  let first = 0;
  for (let last = 0; last < startsUs.length; last++) {
    while ((startsUs[last] as number) - (startsUs[first] as number) >= SECOND) first++;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

function kindsOf({ call, calls }: ScenarioInput): { name: string; method: string }[] {
  const kinds: readonly { name?: string | undefined; method: string }[] = Array.isArray(calls)
    ? calls
    : [call ?? { method: "" }];
  return kinds.map(({ name, method }) => ({ name: name ?? method, method }));
}
