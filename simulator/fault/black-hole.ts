/**
 * C11: the link carries nothing in one direction, or in both, while the connection stays up. Nobody is told: the device finds out
 * by a missing PINGRESP (MQTT 3.1.1, section 3.1.2.10), the server after 1.5 times the keep-alive interval [MQTT-3.1.2-24].
 */
import type { FaultKind, Silence } from "./device-fault.ts";
import { during } from "./life-patterns.ts";

/** For as long as each window; attempts to connect in it are answered by nobody. */
export const blackHole: FaultKind = {
  name: "blackhole",
  id: "C11",
  standard: "asymmetric partition, blackhole, timeout 0",
  does: "loses its link without a word in `direction` (up, down, both)",
  arguments: ["direction"],
  read: (reader) => {
    const direction = reader.choice<Silence["direction"]>("direction", ["up", "down", "both"], "both");
    const silence = { kind: "silence", direction, of: "link" } as const;
    return { life: during({ ...silence, on: true }, { ...silence, on: false }) };
  },
};
