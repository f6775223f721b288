/** A6: the reply leaves only after the caller's deadline has passed, so it meets a Call that has already ended. */
import { MILLISECOND } from "../../protocol/time.ts";
import type { FaultKind } from "./device-fault.ts";

/** Late by `by` (default 500ms) after the timeout, counted from the request's arrival at the device. */
export const lateReply: FaultKind = {
  name: "late",
  id: "A6",
  standard: "none",
  does: "answers `by` (500ms) after the deadline",
  arguments: ["by"],
  read: (reader, { timeout }) => {
    const until = timeout + reader.duration("by", 1, 500 * MILLISECOND);
    return { verdict: () => ({ kind: "hold", until }) };
  },
};
