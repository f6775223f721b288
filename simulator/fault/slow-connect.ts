/** D15: the connection is made only later: a slow network before the server's accept. */
import { SECOND } from "../../protocol/time.ts";
import type { FaultKind } from "./device-fault.ts";

export const slowConnect: FaultKind = {
  name: "slow_connect",
  id: "D15",
  standard: "connect failure",
  does: "opens its connections `by` (1s) later",
  arguments: ["by"],
  read: (reader) => {
    const by = reader.duration("by", 1, SECOND);
    return { connect: (settings) => ({ ...settings, delay: settings.delay + by }) };
  },
};
