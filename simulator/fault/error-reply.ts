/** B10: the device reports an error of its own; ThingsBoard passes it on with status 200. */
import type { Verdict } from "../../protocol/responder.ts";

export function errorReply(): Verdict {
  return { kind: "replace", reply: { error: "device failure" } };
}
