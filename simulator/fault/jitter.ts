/** A3: plus or minus around what the device takes, evenly spread; never earlier than at once. */
import { MILLISECOND } from "../../protocol/time.ts";
import type { FaultKind } from "./device-fault.ts";

export const jitter: FaultKind = {
  name: "jitter",
  id: "A3",
  standard: "jitter",
  does: "answers up to `by` (10ms) earlier or later",
  arguments: ["by"],
  read: (reader) => {
    const by = reader.duration("by", 1, 10 * MILLISECOND);
    return { verdict: (_, random) => ({ kind: "add", delay: random.below(2 * by + 1) - by }) };
  },
};
