/** B1: a reply without a payload. */
import type { FaultKind } from "./device-fault.ts";

export const emptyReply: FaultKind = {
  name: "empty",
  id: "B1",
  standard: "EMPTY_RESPONSE",
  does: "answers with no payload at all",
  arguments: [],
  read: () => ({ verdict: () => ({ kind: "edit", edit: () => "" }) }),
};
