/** B4: the packet of the reply is no MQTT (3.1.1, sections 2.2.2, 2.2.3 and 2.3.1): the server must end this connection and no other. */
import { OF_MQTT } from "../fleet/transport-form.ts";
import type { FaultKind } from "./device-fault.ts";

export const malformedPacket: FaultKind = {
  name: "malformed_packet",
  id: "B4",
  standard: "MALFORMED_RESPONSE_CHUNK",
  does: "answers in a packet with a broken `how=length`, `reserved` bits or a `packet_id` of 0 (length)",
  transports: OF_MQTT,
  arguments: ["how"],
  read: (reader) => {
    const how = reader.choice("how", ["length", "reserved", "packet_id"], "length");
    return { verdict: () => ({ kind: "wire", wire: { kind: "malformed", how } }) };
  },
};
