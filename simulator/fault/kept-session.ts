/**
 * D10: the device asks the server to keep its session, or not to: the Clean Session flag (MQTT 3.1.1, section 3.1.2.4). A kept
 * session has its subscription back, and its queue, before the device subscribes.
 */
import { OF_MQTT } from "../fleet/transport-form.ts";
import type { FaultKind } from "./device-fault.ts";

/** `sessions(keep=yes)`: every picked connection is made with that flag; with p=50% connections change between the two. */
export const keptSession: FaultKind = {
  name: "sessions",
  id: "D10",
  standard: "session expiry test",
  does: "asks for a kept session or a clean one (`keep`: yes, no)",
  transports: OF_MQTT,
  arguments: ["keep"],
  read: (reader) => {
    const keepSession = reader.choice("keep", ["yes", "no"], "yes") === "yes";
    return { connect: (settings) => ({ ...settings, keepSession }) };
  },
};
