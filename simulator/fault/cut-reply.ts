/** D3: the connection ends after the first bytes of a reply. */
import type { EndHow } from "../../protocol/reaction.ts";
import { OF_MQTT } from "../fleet/transport-form.ts";
import type { FaultKind } from "./device-fault.ts";

/** After `bytes` (default 8) of the packet, by `how`; the device comes back as its cohort's policy says. */
export const cutReply: FaultKind = {
  name: "cut",
  id: "D3",
  standard: "limit_data",
  does: "closes its connection after the first `bytes` (8) of the reply's packet",
  transports: OF_MQTT,
  arguments: ["bytes", "how"],
  read: (reader) => {
    const bytes = reader.count("bytes", 1, { fallback: 8, least: 0 });
    const end = reader.choice<EndHow>("how", ["fin", "reset"], "fin");
    return { verdict: () => ({ kind: "wire", wire: { kind: "cut", bytes, end } }) };
  },
};
