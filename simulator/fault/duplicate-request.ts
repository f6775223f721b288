/** C3: the link delivers the request more than once, and the device acts on every copy. */
import { MILLISECOND } from "../../protocol/time.ts";
import type { FaultKind } from "./device-fault.ts";

export const duplicateRequest: FaultKind = {
  name: "duplicate_request",
  id: "C3",
  standard: "duplicate, packet replay, redelivery",
  does: "receives the request `copies` (1) times more, `gap` (10ms) apart, and acts on each",
  arguments: ["copies", "gap"],
  read: (reader) => {
    const copies = reader.count("copies", 1, { fallback: 1, least: 1 });
    const gap = reader.duration("gap", 2, 10 * MILLISECOND);
    return { verdict: () => ({ kind: "again", copies, gap }) };
  },
};
