/** E4: what devices do of their own accord they all do at the same phase, such as on the minute. */
import { MINUTE } from "../../protocol/time.ts";
import type { FaultKind } from "./device-fault.ts";

/** A ping, or telemetry, at every whole `period` (default 1m) since the origin, each device at most `spread` (0) after it. */
export const sync: FaultKind = {
  name: "sync",
  id: "E4",
  standard: "none",
  does: "acts (`act`: telemetry, ping) with all others at every whole `period` (1m), within `spread` (0ms)",
  arguments: ["period", "spread", "act"],
  read: (reader) => {
    const period = reader.duration("period", 1, MINUTE);
    const spread = reader.duration("spread", 2, 0);
    if (period === 0) reader.refuse("period must be more than zero");
    if (spread > period) reader.refuse("spread must not be longer than period");
    const how = reader.choice("act", ["telemetry", "ping"], "telemetry");
    return {
      life: function* life({ windows, draw }) {
        let question = 0;
        for (const { from, to } of windows()) {
          for (let at = Math.ceil(from / period) * period; at < to; at += period) {
            const late = spread === 0 ? 0 : Math.floor(draw(question++).uniform() * spread);
            yield { at: at + late, action: { kind: "act", how }, counts: true };
          }
        }
      },
    };
  },
};
