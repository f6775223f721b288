/** How it goes with a fleet's devices while the workload runs. */
import type { FleetProgress } from "./fleet.ts";
import type { ConnectionFigures } from "./fleet-device-owner.ts";
import type { FleetEvent } from "./fleet-events.ts";
import { joinProgress } from "./split-plan.ts";

export interface FleetState extends FleetProgress, Readonly<ConnectionFigures> {
  /** Those of a timeline that have happened by now. */
  readonly events: readonly FleetEvent[];
}

/** The states of a fleet's parts as that of the whole. */
export function joinStates(parts: readonly FleetState[]): FleetState {
  const [first] = parts as readonly [FleetState];
  const sum = (pick: (part: FleetState) => number): number => parts.reduce((total, part) => total + pick(part), 0);
  return {
    ...joinProgress(parts),
    lost: sum(({ lost }) => lost),
    reconnects: sum(({ reconnects }) => reconnects),
    refused: sum(({ refused }) => refused),
    // Every part has the same faults by the same schedule.
    events: first.events,
  };
}
