/**
 * C17: the device loses its connection when a reply is due, keeps the reply while it is away, and sends it first thing when it is
 * back, however old it is by then.
 */
import type { EndHow } from "../../protocol/reaction.ts";
import { SECOND } from "../../protocol/time.ts";
import type { FaultKind } from "./device-fault.ts";

export const offlineFlush: FaultKind = {
  name: "offline_flush",
  id: "C17",
  standard: "offline message queueing",
  does: "loses its connection when it would answer, and answers when it is back after `reconnect` (1s)",
  arguments: ["reconnect", "how"],
  read: (reader) => {
    const reconnectAfter = reader.duration("reconnect", 1, SECOND);
    const how = reader.choice<EndHow>("how", ["fin", "reset", "disconnect", "vanish"], "fin");
    return {
      verdict: () => ({
        kind: "several",
        verdicts: [{ kind: "keep" }, { kind: "end", how, instead: true, reconnectAfter }],
      }),
    };
  },
};
