/**
 * D5: the connection is silent without a FIN, as when a cable is pulled or a router forgets it. The server must drop it after 1.5
 * times the keep-alive interval [MQTT-3.1.2-24]; until then requests go into the void.
 */
import type { FaultKind } from "./device-fault.ts";
import { during } from "./life-patterns.ts";

/** `how=silent`: the device believes in its connection; `how=vanish`: it has forgotten it, and connects anew after the window. */
export const halfOpen: FaultKind = {
  name: "half_open",
  id: "D5",
  standard: "blackhole, timeout 0",
  does: "leaves a connection that is open and silent (`how`: silent, vanish)",
  arguments: ["how"],
  read: (reader) => {
    const how = reader.choice("how", ["silent", "vanish"], "silent");
    if (how === "vanish") return { life: during({ kind: "leave", how: "vanish" }, { kind: "return" }) };
    const silence = { kind: "silence", direction: "both", of: "connection" } as const;
    return { life: during({ ...silence, on: true }, { ...silence, on: false }) };
  },
};
