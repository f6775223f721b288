/** What faults share that last as long as their window does. */
import type { Verdict } from "../../protocol/reaction.ts";
import type { Duration } from "../../protocol/time.ts";
import type { FormReader } from "../behaviour/form.ts";
import type { Schedule } from "./schedule.ts";

/** Refuses a fault that is always on where it means to pass. */
export function needWindow(reader: FormReader, schedule: Schedule): void {
  if (schedule.always) reader.refuse("needs a window, such as start=10s, for=2s or for=1s, every=10s");
}

/** The time from one instant to another; undefined when the other never comes. */
export function until(from: Duration, to: Duration): Duration | undefined {
  return to === Number.POSITIVE_INFINITY ? undefined : to - from;
}

/** Holds back the acknowledgement of a request that arrives while the fault is on until it is off. */
export function heldAck(schedule: Schedule, at: Duration): Verdict[] {
  return schedule.active(at) ? [{ kind: "ack", after: until(at, schedule.nextOff(at)) }] : [];
}
