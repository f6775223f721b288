/**
 * A7: the reply comes so late that the connection, the server or the id it answers may be another one by then; it outlives the
 * connection that brought its request.
 */
import { SECOND } from "../../protocol/time.ts";
import type { FaultKind } from "./device-fault.ts";

export const veryLateReply: FaultKind = {
  name: "very_late",
  id: "A7",
  standard: "none",
  does: "answers `by` (30s) after the deadline, over a new connection if the old one is gone",
  arguments: ["by"],
  read: (reader, { timeout }) => {
    const until = timeout + reader.duration("by", 1, 30 * SECOND);
    return { verdict: () => ({ kind: "several", verdicts: [{ kind: "hold", until }, { kind: "keep" }] }) };
  },
};
