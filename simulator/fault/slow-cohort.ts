/** E5: a share of the devices takes many times as long, always the same ones. */
import type { FaultKind } from "./device-fault.ts";

const MOST = 1_000_000;

/** `p` picks the devices, `factor` (default 10) is how many times as long each of them takes. */
export const slowCohort: FaultKind = {
  name: "slow_cohort",
  id: "E5",
  standard: "slow latency multiplier",
  does: "takes `factor` (10) times as long, as one of the share `p` of devices",
  arguments: ["factor"],
  picksDevices: true,
  read: (reader) => {
    const factor = reader.number("factor", 1, { least: 0, most: MOST }, 10);
    return { verdict: () => ({ kind: "scale", factor }) };
  },
};
