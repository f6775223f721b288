/** A8: the reply overtakes the acknowledgement of its request, so SENT is followed by SUCCESSFUL. */
import { MILLISECOND } from "../../protocol/time.ts";
import { WITH_ACKNOWLEDGEMENTS } from "../fleet/transport-form.ts";
import type { FaultKind } from "./device-fault.ts";

export const earlyReply: FaultKind = {
  name: "early_reply",
  id: "A8",
  standard: "reorder",
  does: "acknowledges a request only `gap` (1ms) after the reply has left",
  arguments: ["gap"],
  transports: WITH_ACKNOWLEDGEMENTS,
  read: (reader) => {
    const gap = reader.duration("gap", 1, MILLISECOND);
    return { verdict: () => ({ kind: "ack_last", gap }) };
  },
};
