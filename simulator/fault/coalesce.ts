/** C9: several packets come in one segment. */
import { MILLISECOND } from "../../protocol/time.ts";
import { OF_MQTT } from "../fleet/transport-form.ts";
import type { FaultKind } from "./device-fault.ts";

export const coalesce: FaultKind = {
  name: "coalesce",
  id: "C9",
  standard: "slicer",
  does: "sends the reply in one segment with what it sends next, or alone after `within` (50ms)",
  transports: OF_MQTT,
  arguments: ["within"],
  read: (reader) => {
    const within = reader.duration("within", 1, 50 * MILLISECOND);
    return { verdict: () => ({ kind: "wire", wire: { kind: "coalesce", within } }) };
  },
};
