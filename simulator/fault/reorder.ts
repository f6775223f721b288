/** C6: replies overtake one another. */

import { PASS } from "../../protocol/reaction.ts";
import { SECOND } from "../../protocol/time.ts";
import type { FaultKind } from "./device-fault.ts";

/** Of the requests picked, the first of every `gap` per device. Counted in replies, so it is the same at any speed. */
export const reorder: FaultKind = {
  name: "reorder",
  id: "C6",
  standard: "reorder, gap",
  does: "lets the next `depth` (1) replies go first, for one in `gap` (1) requests, and waits for them `within` (1s)",
  arguments: ["depth", "gap", "within"],
  read: (reader) => {
    const replies = reader.count("depth", 1, { fallback: 1, least: 1 });
    const gap = reader.count("gap", 2, { fallback: 1, least: 1 });
    const within = reader.duration("within", 3, SECOND);
    const picked = new Map<number, number>();
    return {
      verdict: ({ device }) => {
        const before = picked.get(device) ?? 0;
        picked.set(device, before + 1);
        return before % gap === 0 ? { kind: "behind", replies, within } : PASS;
      },
    };
  },
};
