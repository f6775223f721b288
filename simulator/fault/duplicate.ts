/** C4: the reply comes more than once over the same connection. */
import { MILLISECOND } from "../../protocol/time.ts";
import type { FaultKind } from "./device-fault.ts";

export const duplicate: FaultKind = {
  name: "duplicate",
  id: "C4",
  standard: "duplicate, replay",
  does: "answers `copies` (1) times more, `gap` (10ms) apart",
  arguments: ["copies", "gap"],
  read: (reader) => {
    const copies = reader.count("copies", 1, { fallback: 1, least: 1 });
    const gap = reader.duration("gap", 2, 10 * MILLISECOND);
    return { verdict: () => ({ kind: "repeat", copies, gap }) };
  },
};
