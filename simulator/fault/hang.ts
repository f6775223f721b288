/**
 * A15: the application on the device is dead while its connection lives: pings and acknowledgements go on, requests that arrive or
 * would be answered in the window are forgotten, or taken up again when it ends.
 */
import type { FaultKind } from "./device-fault.ts";
import { needWindow, until } from "./windows.ts";

export const hang: FaultKind = {
  name: "hang",
  id: "A15",
  standard: "node hang",
  does: "answers nothing in its windows but acknowledges and pings; `after=answer` or `lose` (lose) says what becomes of it",
  windowed: true,
  arguments: ["after"],
  read: (reader, { schedule }) => {
    needWindow(reader, schedule);
    const answers = reader.choice("after", ["lose", "answer"], "lose") === "answer";
    return {
      verdict: ({ at }) => ({
        kind: "defer",
        to: (delay) => {
          if (answers) return until(at, schedule.afterOff(at, delay));
          return schedule.active(at) || schedule.active(at + delay) ? undefined : delay;
        },
      }),
    };
  },
};
