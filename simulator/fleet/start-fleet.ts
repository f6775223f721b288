/** A whole fleet: as many threads as it needs, seen as one. */
import type { FleetProgress } from "./fleet.ts";
import { type RunningFleet, startFleetPart } from "./fleet-part.ts";
import type { FleetPlan } from "./fleet-plan.ts";
import { type FleetState, joinStates } from "./fleet-state.ts";
import { joinProgress, joinReports, splitPlan } from "./split-plan.ts";

/** One thread serves so many devices well; more threads than cores only get in each other's way. */
const DEVICES_PER_THREAD = 10_000;

/** Threads for a fleet when nobody asked for a number. */
export function defaultShards(devices: number, cores: number): number {
  return Math.max(1, Math.min(cores, Math.ceil(devices / DEVICES_PER_THREAD)));
}

export function startFleet(plan: FleetPlan, shards: number): RunningFleet {
  const parts = splitPlan(plan, shards).map(startFleetPart);
  const [only] = parts as [RunningFleet];
  if (parts.length === 1) return only;
  return {
    connect: async (onProgress) => {
      const latest: FleetProgress[] = [];
      const states = parts.map((part, index) =>
        part.connect((progress) => {
          latest[index] = progress;
          onProgress({ ...joinProgress(latest.filter(Boolean)), devices: plan.devices.length });
        }),
      );
      return joinProgress(await Promise.all(states));
    },
    watch: (onState) => {
      const latest: FleetState[] = [];
      for (const [index, part] of parts.entries()) {
        part.watch((state) => {
          latest[index] = state;
          // A part that has not spoken yet would be missing from the sums.
          if (Object.keys(latest).length === parts.length) onState(joinStates(latest));
        });
      }
    },
    begin: (origin) => {
      for (const part of parts) part.begin(origin);
    },
    endClientCalls: (end) => {
      for (const part of parts) part.endClientCalls(end);
    },
    drain: async (origin, withinMs) => {
      const drained = await Promise.all(parts.map((part) => part.drain(origin, withinMs)));
      return {
        report: joinReports(drained.map(({ report }) => report)),
        progress: joinProgress(drained.map(({ progress }) => progress)),
        vitals: drained.flatMap(({ vitals }) => vitals),
      };
    },
    close: async () => {
      await Promise.all(parts.map((part) => part.close()));
    },
  };
}
