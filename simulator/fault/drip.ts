/** C8: the packet of the reply arrives a few bytes at a time; what the device sends meanwhile waits behind it. */
import { MILLISECOND } from "../../protocol/time.ts";
import { OF_MQTT } from "../fleet/transport-form.ts";
import type { FaultKind } from "./device-fault.ts";

export const drip: FaultKind = {
  name: "drip",
  id: "C8",
  standard: "slicer, chunkedDribble, slowResponseChunkSize",
  does: "sends the reply `bytes` (4) bytes at a time with a `pause` (5ms) between",
  transports: OF_MQTT,
  arguments: ["bytes", "pause"],
  read: (reader) => {
    const bytes = reader.count("bytes", 1, { fallback: 4, least: 1 });
    const pause = reader.duration("pause", 2, 5 * MILLISECOND);
    return { verdict: () => ({ kind: "wire", wire: { kind: "drip", bytes, pause } }) };
  },
};
