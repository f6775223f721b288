/** G5: the device's clock is wrong, and its replies tell the time. */
import type { Payload } from "../../protocol/reaction.ts";
import type { Duration } from "../../protocol/time.ts";
import { MILLISECOND } from "../../protocol/time.ts";
import { wallClockMs } from "../clock.ts";
import type { FaultKind } from "./device-fault.ts";

/** Puts the time, in milliseconds of Unix time, into the field `ts` of the reply: `ahead` of the right one, or `behind` it. */
export const clockSkew: FaultKind = {
  name: "clock_skew",
  id: "G5",
  standard: "none",
  does: "says a time (`ts`) that is `ahead` of the right one or `behind` it",
  arguments: ["ahead", "behind"],
  read: (reader) => {
    const offset = reader.duration("ahead", 1, 0) - reader.duration("behind", -1, 0);
    return { verdict: () => ({ kind: "edit", edit: (payload) => withTime(payload, offset) }) };
  },
};

/** A reply that is no JSON object has no place for a time. */
function withTime(payload: Payload, offset: Duration): Payload {
  if (typeof payload !== "string" || !payload.startsWith("{")) return payload;
  return JSON.stringify({ ...JSON.parse(payload), ts: wallClockMs() + offset / MILLISECOND });
}
