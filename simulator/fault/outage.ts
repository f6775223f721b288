/** E1: a share of the devices (a site, a carrier, a gateway) is away at the same time. */
import type { EndHow } from "../../protocol/reaction.ts";
import type { FaultKind } from "./device-fault.ts";

/** `p` picks the devices, each window is an outage; they come back at its end, each at most `spread` (0) later. */
export const outage: FaultKind = {
  name: "outage",
  id: "E1",
  standard: "partition",
  does: "is away in each window together with its share of the cohort, and back within `spread` (0ms)",
  arguments: ["spread", "how"],
  read: (reader) => {
    const spread = reader.duration("spread", 1, 0);
    const how = reader.choice<EndHow>("how", ["fin", "reset", "disconnect", "vanish"], "reset");
    return {
      life: function* life({ windows, draw }) {
        let question = 0;
        for (const { from, to } of windows()) {
          yield { at: from, action: { kind: "leave", how }, counts: true };
          const late = spread === 0 ? 0 : Math.floor(draw(question++).uniform() * spread);
          yield { at: to + late, action: { kind: "return" }, counts: false };
        }
      },
    };
  },
};
