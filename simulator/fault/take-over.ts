/**
 * D8: the same client id connects again while its old connection is there. The server must disconnect the old one
 * [MQTT-3.1.4-2]; a request of the old connection may be answered on the new one.
 */
import { MILLISECOND } from "../../protocol/time.ts";
import type { FaultKind } from "./device-fault.ts";

/** `times` (default 1) at the beginning of each window, `gap` (500ms) apart: more than once is a war for the session. */
export const takeOver: FaultKind = {
  name: "takeover",
  id: "D8",
  standard: "0x8E session taken over",
  does: "connects again with the same client id, `times` (1) times, `gap` (500ms) apart",
  arguments: ["times", "gap"],
  read: (reader) => {
    const times = reader.count("times", 1, { fallback: 1, least: 1 });
    const gap = reader.duration("gap", 2, 500 * MILLISECOND);
    return {
      life: function* life({ windows }) {
        for (const { from } of windows()) {
          for (let time = 0; time < times; time++) {
            yield { at: from + time * gap, action: { kind: "takeover" }, counts: true };
          }
        }
      },
    };
  },
};
