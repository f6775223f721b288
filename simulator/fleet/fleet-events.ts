/**
 * What a run's timeline is told of a fleet: when its scheduled faults began and ended and its latencies changed,
 * one event for all devices they befall.
 */
import type { Duration } from "../../protocol/time.ts";
import type { Cohort } from "./cohorts.ts";

export interface FleetEvent {
  /** Since the run's origin. */
  readonly at: Duration;
  readonly label: string;
}

/** More would make a timeline unreadable. */
const MOST_EVENTS = 100;

/** The first events before `until`, in order; `names` are those of the cohorts' faults, one after the other. */
export function fleetEvents(
  cohorts: readonly Pick<Cohort, "name" | "faults" | "marks">[],
  names: readonly string[],
  until: Duration,
): FleetEvent[] {
  const events: FleetEvent[] = [];
  const add = (at: Duration, label: string): void => {
    if (at <= until) events.push({ at, label });
  };
  for (const [index, { windows }] of cohorts.flatMap(({ faults }) => faults).entries()) {
    const name = names[index] as string;
    for (const { from, to } of windows) {
      add(from, `${name} begins`);
      add(to, `${name} ends`);
    }
  }
  for (const { name, marks } of cohorts) {
    for (const { at, text } of marks) add(at, `${cohorts.length === 1 ? "" : `${name}: `}latency ${text}`);
  }
  return events.sort((a, b) => a.at - b.at).slice(0, MOST_EVENTS);
}
