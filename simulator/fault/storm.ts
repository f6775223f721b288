/** E3: the devices lose their connections together and all come back: a thundering herd, shaped by the cohort's `reconnect`. */
import type { EndHow } from "../../protocol/reaction.ts";
import type { FaultKind } from "./device-fault.ts";
import { onceIn } from "./life-patterns.ts";

/** Once in each window, drawn at most `spread` (default 0) after its beginning. */
export const storm: FaultKind = {
  name: "storm",
  id: "E3",
  standard: "thundering herd, reconnect storm",
  does: "loses its connection at the same time as the others, within `spread` (0ms), and comes back by its policy",
  arguments: ["spread", "how"],
  read: (reader) => {
    const how = reader.choice<EndHow>("how", ["fin", "reset", "disconnect", "vanish"], "reset");
    return { life: onceIn(reader.duration("spread", 1, 0), { kind: "lose", how }) };
  },
};
