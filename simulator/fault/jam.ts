/** C12: the way back is jammed for a while: everything waits, then all of it is let go in one burst. */
import type { FaultKind } from "./device-fault.ts";
import { heldAck, needWindow, until } from "./windows.ts";

export const jam: FaultKind = {
  name: "jam",
  id: "C12",
  standard: "clog, jammed partition",
  does: "holds replies and acknowledgements that are due in its windows, and lets all of them go at the end of the window",
  windowed: true,
  arguments: [],
  read: (reader, { schedule }) => {
    needWindow(reader, schedule);
    return {
      verdict: ({ at }) => ({
        kind: "several",
        verdicts: [...heldAck(schedule, at), { kind: "defer", to: (delay) => until(at, schedule.nextOff(at + delay)) }],
      }),
    };
  },
};
