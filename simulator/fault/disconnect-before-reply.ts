/** D1, D2: the device loses its connection at the moment it would have replied, and comes back later. */
import type { EndHow } from "../../protocol/reaction.ts";
import { SECOND } from "../../protocol/time.ts";
import type { FaultKind } from "./device-fault.ts";

/** By `how` (fin, reset, disconnect, vanish); comes back `reconnect` (default 1s) later, the request stays unanswered. */
export const disconnectBeforeReply: FaultKind = {
  name: "disconnect",
  id: "D2",
  standard: "drop connection, CONNECTION_RESET_BY_PEER, reset_peer",
  does: "loses its connection instead of answering, and comes back after `reconnect` (1s)",
  arguments: ["reconnect", "how"],
  read: (reader) => {
    const reconnectAfter = reader.duration("reconnect", 1, SECOND);
    const how = reader.choice<EndHow>("how", ["fin", "reset", "disconnect", "vanish"], "fin");
    return { verdict: () => ({ kind: "end", how, instead: true, reconnectAfter }) };
  },
};
