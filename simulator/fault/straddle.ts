/**
 * A4: the reply arrives at the deadline and a little, before or after: the race between an answer and its timeout. Counted from
 * the request's arrival at the device, so the way back is part of the little.
 */
import { MILLISECOND } from "../../protocol/time.ts";
import type { FaultKind } from "./device-fault.ts";

/** At most `within` from the deadline, in whole steps of `grid`, all equally likely. */
export const straddle: FaultKind = {
  name: "straddle",
  id: "A4",
  standard: "none",
  does: "answers at the deadline, at most `within` (5ms) before or after it, in steps of `grid` (1ms)",
  arguments: ["within", "grid"],
  read: (reader, { timeout }) => {
    const within = reader.duration("within", 1, 5 * MILLISECOND);
    const grid = reader.duration("grid", 2, MILLISECOND);
    if (grid === 0) reader.refuse("grid must be more than zero");
    const steps = Math.floor(within / Math.max(1, grid));
    return {
      verdict: (_, random) => ({ kind: "exactly", after: timeout + (random.below(2 * steps + 1) - steps) * grid }),
    };
  },
};
