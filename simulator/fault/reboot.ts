/** D16: the device is switched off and on: what it remembered, and what it was about to answer, is gone. */
import { SECOND } from "../../protocol/time.ts";
import type { FaultKind } from "./device-fault.ts";
import { onceIn } from "./life-patterns.ts";

/** Once in each window, drawn at most `spread` after its beginning; connects again `after` (default 1s). */
export const reboot: FaultKind = {
  name: "reboot",
  id: "D16",
  standard: "node kill",
  does: "is switched off, forgets everything, and connects again `after` (1s)",
  arguments: ["after", "spread"],
  read: (reader) => {
    const after = reader.duration("after", 1, SECOND);
    return { life: onceIn(reader.duration("spread", 2, 0), { kind: "reboot", after }) };
  },
};
