/** C5: every reply comes a second time, from a second session of the same device. */
import { OWN_SESSION } from "../fleet/transport-form.ts";
import type { FaultKind } from "./device-fault.ts";
import { during } from "./life-patterns.ts";

/** The second session subscribes to nothing, so whatever it says is a duplicate. */
export const twinReply: FaultKind = {
  name: "twin_reply",
  id: "C5",
  standard: "none",
  does: "repeats every reply from a second session",
  transports: OWN_SESSION,
  arguments: [],
  read: () => ({ life: during({ kind: "twin", sessions: 1, mirrors: true }, { kind: "untwin" }) }),
};
