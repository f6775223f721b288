/** A12: answers get slower over time. */
import { MINUTE, SECOND } from "../../protocol/time.ts";
import type { FaultKind } from "./device-fault.ts";

/** Adds `from` at the start of its schedule and `to` from `over` later on, in proportion between them. */
export const degrade: FaultKind = {
  name: "degrade",
  id: "A12",
  standard: "degradationRampMillis",
  does: "answers `from` (0ms) later at `start`, and ever later until it is `to` (1s) after `over` (1m)",
  arguments: ["from", "to"],
  read: (reader, { schedule }) => {
    const from = reader.duration("from", 1, 0);
    const to = reader.duration("to", 2, SECOND);
    const over = Math.max(1, reader.duration("over", -1, MINUTE));
    return {
      verdict: ({ at }) => {
        const share = Math.min(1, schedule.sinceStart(at) / over);
        return { kind: "add", delay: Math.round(from + (to - from) * share) };
      },
    };
  },
};
