/** A9: the request is acknowledged and never answered: DELIVERED for ever, and a sequential queue that stands still. */

import { WITH_ACKNOWLEDGEMENTS } from "../fleet/transport-form.ts";
import type { FaultKind } from "./device-fault.ts";

export const ackOnly: FaultKind = {
  name: "ack_only",
  id: "A9",
  standard: "none",
  does: "acknowledges `after` (0ms) and never answers",
  transports: WITH_ACKNOWLEDGEMENTS,
  arguments: ["after"],
  read: (reader) => {
    const after = reader.duration("after", 1, 0);
    return { verdict: () => ({ kind: "several", verdicts: [{ kind: "ack", after }, { kind: "drop" }] }) };
  },
};
