/** D2: the device loses its connection at the moment it would have replied, and comes back later. */
import type { Verdict } from "../../protocol/responder.ts";
import { SECOND } from "../../protocol/time.ts";
import type { FormReader } from "../behaviour/form.ts";

/** Comes back `reconnect` (default 1s) later; the unanswered request stays unanswered. */
export function readDisconnectBeforeReply(reader: FormReader): () => Verdict {
  const reconnectAfter = reader.duration("reconnect", 1, SECOND);
  return () => ({ kind: "disconnect", reconnectAfter });
}
