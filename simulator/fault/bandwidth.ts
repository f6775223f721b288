/** C10: the device's way back carries so many bytes a second; replies queue behind each other. Bytes of payload are counted. */
import type { FaultKind } from "./device-fault.ts";

export const bandwidth: FaultKind = {
  name: "bandwidth",
  id: "C10",
  standard: "bandwidth, rate, response_rate_limit",
  does: "sends no more than `bytes` (1000) bytes of replies a second",
  arguments: ["bytes"],
  read: (reader) => {
    const bytesPerSecond = reader.count("bytes", 1, { fallback: 1_000, least: 1 });
    return { verdict: () => ({ kind: "pace", bytesPerSecond }) };
  },
};
