/** A5: the device acts on the request and never replies. */
import type { FaultKind } from "./device-fault.ts";

/** With `ack=no` it does not even acknowledge, though it has acted. */
export const dropReply: FaultKind = {
  name: "drop",
  id: "A5",
  standard: "timeout, blackhole, drop",
  does: "never answers; acknowledges unless `ack=no`",
  arguments: ["ack"],
  read: (reader) => {
    const acknowledges = reader.choice("ack", ["yes", "no"], "yes") === "yes";
    return {
      verdict: () =>
        acknowledges
          ? { kind: "drop" }
          : { kind: "several", verdicts: [{ kind: "drop" }, { kind: "ack", after: undefined }] },
    };
  },
};
