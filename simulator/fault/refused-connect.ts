/** D15: attempts to connect come to nothing: refused at once, or answered by nobody (a lost SYN). */
import type { FaultKind } from "./device-fault.ts";

/** The server sees neither; the device tries again as its cohort's policy says. */
export const refusedConnect: FaultKind = {
  name: "refused",
  id: "D15",
  standard: "connect failure, down",
  does: "cannot connect (`mode`: closed port, dropped SYN)",
  arguments: ["mode"],
  read: (reader) => {
    const reach = reader.choice("mode", ["closed", "dropped"], "closed") === "closed" ? "refused" : "unanswered";
    return { connect: (settings) => ({ ...settings, reach }) };
  },
};
