/** A6: the reply leaves only after the caller's deadline has passed, so it meets a Call that has already ended. */
import type { Verdict } from "../../protocol/responder.ts";
import { type Duration, MILLISECOND } from "../../protocol/time.ts";
import type { FormReader } from "../behaviour/form.ts";

/** Late by `by` (default 500ms) after the timeout, counted from the request's arrival at the device. */
export function readLateReply(reader: FormReader, timeout: Duration): () => Verdict {
  const by = reader.duration("by", 1, 500 * MILLISECOND);
  return () => ({ kind: "hold", until: timeout + by });
}
