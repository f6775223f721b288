/** A5: the device acts on the request and never replies. */
import type { FaultKind } from "./device-fault.ts";

export const dropReply: FaultKind = {
  name: "drop",
  id: "A5",
  standard: "timeout, blackhole, drop",
  does: "never answers",
  arguments: [],
  read: () => ({ verdict: () => ({ kind: "drop" }) }),
};
