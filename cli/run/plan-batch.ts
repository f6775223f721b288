/** The plan of one step as its caller is told of it: intended starts, targets and kinds, all from the seed and before the first call. */
import { seedFrom } from "../../protocol/random.ts";
import { SECOND } from "../../protocol/time.ts";
import { type PlannedStep, planArrivals, planKinds, planTargets } from "../../scenarios/arrivals.ts";
import type { CallBatch } from "../../simulator/caller/call-batch.ts";
import type { ProvisionedDevice } from "../../simulator/fleet/fleet-plan.ts";
import { buildKinds } from "./call-kinds.ts";
import type { SettledRun } from "./settle-run.ts";

/** Everything of a batch that no step changes. */
export type CommonBatch = Omit<
  CallBatch,
  "intendedUs" | "targets" | "kindOf" | "firstCall" | "step" | "connections" | "closed"
>;

export interface BatchPlace {
  readonly step: number;
  /** Calls before it, retries included. */
  readonly firstCall: number;
  /** Planned calls before it: what the draws are counted by, so that no retry moves them. */
  readonly plannedBefore: number;
  readonly planned: PlannedStep;
}

/** Spare connections, and the most that are opened before the first call. */
const SPARE_CONNECTIONS = 8;
const MOST_CONNECTIONS = 2_000;

/** How many calls of a closed workload, whose number is a result, are planned: after them the plan begins again. */
const CLOSED_CALLS = 65_536;

/** `hold`: expected microseconds a call holds a connection. */
export function planBatch(
  run: SettledRun,
  common: CommonBatch,
  place: BatchPlace & { readonly hold: number },
): CallBatch {
  const { step, firstCall, hold } = place;
  const { workload } = run.scenario;
  const batch = { ...common, firstCall, step };
  if (workload.kind === "closed") {
    const { callers, duration, think } = workload;
    const connections = Math.min(callers, MOST_CONNECTIONS);
    const plan = planCalls(run, place, CLOSED_CALLS);
    return { ...batch, ...plan, intendedUs: new Float64Array(0), connections, closed: { callers, duration, think } };
  }
  const intendedUs = planStarts(run, place);
  const inFlight = ((run.load.peaks[step] as number) * hold) / SECOND;
  const connections = Math.min(MOST_CONNECTIONS, Math.ceil(inFlight + 4 * Math.sqrt(inFlight)) + SPARE_CONNECTIONS);
  return { ...batch, ...planCalls(run, place, intendedUs.length), intendedUs, connections, closed: undefined };
}

function planStarts({ scenario, seed, load }: SettledRun, { planned, plannedBefore }: BatchPlace): Float64Array {
  const { workload } = scenario;
  if (load.shape?.kind === "trace") return load.shape.startsUs;
  const rate = load.shape === undefined ? (planned.rate as number) : load.shape.profile;
  const arrivals = workload.kind === "closed" ? "poisson" : workload.arrivals;
  return planArrivals({ rate, duration: planned.duration, arrivals, seed: seedFrom(seed), firstCall: plannedBefore });
}

function planCalls(
  { scenario, seed: text, load }: SettledRun,
  { plannedBefore: firstCall }: BatchPlace,
  count: number,
) {
  const seed = seedFrom(text);
  const { devices } = scenario.fleet;
  const trace = load.shape?.kind === "trace" ? load.shape : undefined;
  const weights = scenario.calls.map(({ weight }) => weight);
  return {
    targets: trace?.devices ?? planTargets({ seed, firstCall, count, devices, rule: load.targets }),
    kindOf: trace?.kinds ?? planKinds({ seed, firstCall, count, weights }),
  };
}

interface BatchSetting {
  readonly url: string;
  readonly token: string;
  readonly runTag: string;
  readonly devices: readonly ProvisionedDevice[];
}

/** Everything of the calls of a run that no step changes. */
export function commonBatch(run: SettledRun, { url, token, runTag, devices }: BatchSetting): CommonBatch {
  const { dialect, caller } = run.scenario;
  return {
    url,
    dialect,
    token,
    kinds: buildKinds(run.scenario, run.timeouts, runTag),
    habits: { abort: caller.abort, retry: caller.retry, pollInterval: caller.pollInterval },
    runTag,
    seed: run.seed,
    deviceIds: devices.map(({ id }) => id),
  };
}
