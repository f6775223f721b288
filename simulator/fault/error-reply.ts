/** B10: the device reports an error of its own; ThingsBoard passes it on with status 200. */
import type { FaultKind } from "./device-fault.ts";

export const errorReply: FaultKind = {
  name: "error",
  id: "B10",
  standard: "outcome, errorStatus, abort",
  does: "answers with an `error`",
  arguments: [],
  read: () => ({ verdict: () => ({ kind: "replace", reply: { error: "device failure" } }) }),
};
