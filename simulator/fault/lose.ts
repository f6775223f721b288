/**
 * C1: the link swallows a message. TCP does not lose single packets, so what is lost is a whole request (the device never knew)
 * or a whole reply (the device acted). Two of them side by side are two independent decisions.
 */
import type { FaultKind } from "./device-fault.ts";

export const DIRECTIONS = ["down", "up"] as const;

export const lose: FaultKind = {
  name: "lose",
  id: "C1",
  standard: "loss random",
  does: "never receives the request (`direction=down`), or its reply is lost on the way (`up`) (down)",
  arguments: ["direction"],
  read: (reader) => {
    const kind = reader.choice("direction", DIRECTIONS, "down") === "down" ? "lose" : "drop";
    return { verdict: () => ({ kind }) };
  },
};
