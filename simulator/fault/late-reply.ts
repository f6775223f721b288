/** A6: the reply leaves only after the caller's deadline has passed, so it meets a Call that has already ended. */
import { MILLISECOND } from "../../protocol/time.ts";
import type { FaultKind } from "./device-fault.ts";

/** Late by `by` after the timeout, counted from the request's arrival at the device, and by up to `spread` more. */
export const lateReply: FaultKind = {
  name: "late",
  id: "A6",
  standard: "none",
  does: "answers `by` (500ms) after the deadline, or up to `spread` (0ms) later than that",
  arguments: ["by", "spread"],
  read: (reader, { timeout }) => {
    const least = timeout + reader.duration("by", 1, 500 * MILLISECOND);
    const spread = reader.duration("spread", 2, 0);
    return { verdict: (_, random) => ({ kind: "hold", until: least + (spread === 0 ? 0 : random.below(spread + 1)) }) };
  },
};
