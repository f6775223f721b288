/** B3: the payload breaks off: JSON that never ends. */
import type { FaultKind } from "./device-fault.ts";

export const truncate: FaultKind = {
  name: "truncate",
  id: "B3",
  standard: "truncateBodyAtFraction, malformedBody",
  does: "answers with the first `keep` (50%) of the payload, and never with all of it",
  arguments: ["keep"],
  read: (reader) => {
    const keep = reader.share("keep", 1, 0.5);
    return {
      verdict: () => ({
        kind: "edit",
        edit: (payload) => payload.slice(0, Math.min(Math.floor(payload.length * keep), payload.length - 1)),
      }),
    };
  },
};
