/** D11: the device connects and subscribes only later. */
import { SECOND } from "../../protocol/time.ts";
import { OWN_SESSION } from "../fleet/transport-form.ts";
import type { FaultKind } from "./device-fault.ts";

export const lateSubscribe: FaultKind = {
  name: "late_subscribe",
  id: "D11",
  standard: "none",
  does: "subscribes to requests only `by` (1s) after it has connected",
  transports: OWN_SESSION,
  arguments: ["by"],
  read: (reader) => {
    const subscribeAfter = reader.duration("by", 1, SECOND);
    return { connect: (settings) => ({ ...settings, subscribeAfter }) };
  },
};
