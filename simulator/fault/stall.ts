/**
 * A13: the device stands still from time to time: garbage collection, a flash erase, a sleep cycle. What it was at goes on where it
 * stopped, so replies come late by what they met of the pause; acknowledgements wait as well.
 */
import type { FaultKind } from "./device-fault.ts";
import { heldAck, needWindow, until } from "./windows.ts";

export const stall: FaultKind = {
  name: "stall",
  id: "A13",
  standard: "slot",
  does: "does nothing in its windows (`for` every `every`), then goes on where it stopped",
  windowed: true,
  arguments: [],
  read: (reader, { schedule }) => {
    needWindow(reader, schedule);
    return {
      verdict: ({ at }) => ({
        kind: "several",
        verdicts: [...heldAck(schedule, at), { kind: "defer", to: (delay) => until(at, schedule.afterOff(at, delay)) }],
      }),
    };
  },
};
