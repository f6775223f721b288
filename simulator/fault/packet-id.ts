/** C14: the packet ids of a connection begin just before they wrap around (MQTT 3.1.1, section 2.3.1: 16 bits, never 0). */

import { OWN_MQTT } from "../fleet/transport-form.ts";
import type { FaultKind } from "./device-fault.ts";

export const packetId: FaultKind = {
  name: "packet_id",
  id: "C14",
  standard: "none",
  does: "begins its packet ids after `first` (65530), so that they soon begin again at 1",
  transports: OWN_MQTT,
  arguments: ["first"],
  read: (reader) => {
    const firstPacketId = reader.count("first", 1, { fallback: 65_530, least: 1, most: 0xffff });
    return { connect: (settings) => ({ ...settings, firstPacketId }) };
  },
};
