/** B6: a device, or its codec, that takes the request id 0 for none at all: it loses the first Call after each restart of the server. */
import { PASS } from "../../protocol/reaction.ts";
import { requestTopic } from "../../protocol/topic.ts";
import type { FaultKind } from "./device-fault.ts";

/** Fires on requests with the id 0 only. */
export const zeroId: FaultKind = {
  name: "zero_id",
  id: "B6",
  standard: "none",
  does: "takes the id 0 as absent: `how=silent` never answers it, `empty` leaves the id out, `request` asks the server instead (silent)",
  arguments: ["how"],
  read: (reader) => {
    const how = reader.choice("how", ["silent", "empty", "request"], "silent");
    return {
      verdict: ({ requestId }) => {
        if (requestId !== 0) return PASS;
        if (how === "silent") return { kind: "drop" };
        return { kind: "address", address: how === "empty" ? { requestId: "" } : { topic: requestTopic(1) } };
      },
    };
  },
};
