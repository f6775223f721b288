/** A11: the first requests since the device was switched on are slow. */
import { PASS } from "../../protocol/reaction.ts";
import type { FaultKind } from "./device-fault.ts";

export const slowStart: FaultKind = {
  name: "slow_start",
  id: "A11",
  standard: "slow start",
  does: "takes `factor` (10) times as long for the first `k` (5) requests since it was switched on",
  arguments: ["k", "factor"],
  read: (reader) => {
    const cold = reader.count("k", 1, { fallback: 5, least: 1 });
    const factor = reader.count("factor", 2, { fallback: 10, least: 1 });
    return { verdict: ({ ordinal }) => (ordinal > cold ? PASS : { kind: "scale", factor }) };
  },
};
