/** C7: one bit of the reply's packet is turned over, wherever it is: header, topic or payload. */

import { OF_MQTT } from "../fleet/transport-form.ts";
import type { FaultKind } from "./device-fault.ts";

export const corrupt: FaultKind = {
  name: "corrupt",
  id: "C7",
  standard: "corrupt, bit flip",
  does: "answers in a packet with one bit wrong, drawn by chance or the one numbered `bit`",
  transports: OF_MQTT,
  arguments: ["bit"],
  mixesReplies: true,
  read: (reader) => {
    const fixed = reader.count("bit", 1, { fallback: -1, least: 0 });
    return {
      verdict: (_, random) => ({
        kind: "wire",
        wire: { kind: "flip", bit: fixed === -1 ? random.word() : fixed },
      }),
    };
  },
};
