/** D4: the device is done with a connection, and its socket closes only later: a ghost that still receives requests. */
import { SECOND } from "../../protocol/time.ts";
import { OWN_MQTT } from "../fleet/transport-form.ts";
import type { FaultKind } from "./device-fault.ts";

/** Delays whatever ends the connection, such as `disconnect`, `flap` or `outage`, by `by` (default 1s); fires on connections. */
export const slowClose: FaultKind = {
  name: "slow_close",
  id: "D4",
  standard: "slow_close",
  does: "closes its sockets `by` (1s) after it is done with them",
  transports: OWN_MQTT,
  arguments: ["by"],
  read: (reader) => {
    const closeAfter = reader.duration("by", 1, SECOND);
    return { connect: (settings) => ({ ...settings, closeAfter }) };
  },
};
