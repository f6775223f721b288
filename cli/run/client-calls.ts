/** The devices' own calls of a run: their plan before it, their figures after it. */
import type { ClientCallColumns } from "../../protocol/client-call-records.ts";
import { PURPOSE, seedFrom } from "../../protocol/random.ts";
import { MILLISECOND } from "../../protocol/time.ts";
import { summarizeClientCalls } from "../../reports/client-calls.ts";
import type { RunTotals } from "../../reports/run-record.ts";
import { planArrivals, planSteps, planTargets } from "../../scenarios/arrivals.ts";
import { monotonicNow } from "../../simulator/clock.ts";
import type { RunningFleet } from "../../simulator/fleet/fleet-part.ts";
import type { ClientCallPlan } from "../../simulator/fleet/fleet-plan.ts";
import type { CallsResult } from "./run-calls.ts";
import type { SettledRun } from "./settle-run.ts";

/** Instants and devices from the seed, for as long as the workload may last; undefined when the scenario has no such calls. */
export function planClientCalls({ scenario, seed: text }: SettledRun): ClientCallPlan | undefined {
  const { clientCalls, devices } = scenario.fleet;
  if (clientCalls === undefined) return undefined;
  const { rate, method, params, timeout } = clientCalls;
  const seed = seedFrom(text);
  const duration = planSteps(scenario.workload).reduce((sum, step) => sum + step.duration, 0);
  const intendedUs = planArrivals({ rate, duration, arrivals: "poisson", seed, purpose: PURPOSE.clientCallGap });
  const count = intendedUs.length;
  const callers = planTargets({ seed, firstCall: 0, count, devices, purpose: PURPOSE.clientCallDevice });
  return { method, params: JSON.stringify(params), timeout, intendedUs, devices: callers };
}

/**
 * Ends the devices' own calls with the last step that was begun. Returns how long the drain has to wait for them, in
 * milliseconds: for what is still to be sent, and for the answers to the last.
 */
export function endClientCalls(
  fleet: RunningFleet,
  { origin, steps }: CallsResult,
  { run, interrupted }: { readonly run: SettledRun; readonly interrupted: boolean },
): number {
  const { clientCalls, telemetry } = run.scenario.fleet;
  if (clientCalls === undefined && telemetry === undefined) return 0;
  const plannedUntil = steps.reduce((end, step) => Math.max(end, step.start + step.duration), 0);
  fleet.endClientCalls({ plannedUntil, interrupted });
  if (clientCalls === undefined) return 0;
  return Math.max(0, origin + plannedUntil - monotonicNow() + clientCalls.timeout) / MILLISECOND;
}

/** The figures of what the fleet handed over; undefined when there were no such calls. */
export function foldClientCalls(
  { scenario }: SettledRun,
  columns: ClientCallColumns | undefined,
): RunTotals["clientCalls"] {
  const { clientCalls } = scenario.fleet;
  if (columns === undefined || clientCalls === undefined) return undefined;
  return summarizeClientCalls(columns, clientCalls.timeout);
}
