/** A5: the device acts on the request and never replies. */
import type { Verdict } from "../../protocol/responder.ts";

export function dropReply(): Verdict {
  return { kind: "drop" };
}
