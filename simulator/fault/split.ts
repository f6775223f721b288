/** C9: the packet of the reply comes in two segments, divided inside its header unless told otherwise. */

import { OF_MQTT } from "../fleet/transport-form.ts";
import type { FaultKind } from "./device-fault.ts";

export const split: FaultKind = {
  name: "split",
  id: "C9",
  standard: "slicer",
  does: "sends the reply in two segments, the first of `at` (1) bytes",
  transports: OF_MQTT,
  arguments: ["at"],
  read: (reader) => {
    const at = reader.count("at", 1, { fallback: 1, least: 1 });
    return { verdict: () => ({ kind: "wire", wire: { kind: "split", at } }) };
  },
};
