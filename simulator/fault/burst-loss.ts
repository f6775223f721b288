/**
 * C2: losses that come in bursts, by the model of Gilbert and Elliott: the link is good or bad, and changes by chance after each
 * message. A device's link is in the bad state for enter / (enter + leave) of its messages, for 1 / leave of them on end.
 */
import { chanceThreshold } from "../../protocol/random.ts";
import { PASS } from "../../protocol/reaction.ts";
import type { FaultKind } from "./device-fault.ts";
import { DIRECTIONS } from "./lose.ts";

/** netem's p, r, 1-h and 1-k in words; the selector's `p` says which messages meet this link at all. */
export const burstLoss: FaultKind = {
  name: "burst_loss",
  id: "C2",
  standard: "gemodel",
  does: "loses messages in bursts: `enter` (1%) and `leave` (25%) the bad state, loss in it `bad` (100%), outside of it `good` (0%)",
  arguments: ["enter", "leave", "bad", "good", "direction"],
  read: (reader) => {
    const threshold = (key: string, position: number, fallback: number): number =>
      chanceThreshold(reader.share(key, position, fallback));
    const enter = threshold("enter", 1, 0.01);
    const leave = threshold("leave", 2, 0.25);
    const bad = threshold("bad", 3, 1);
    const good = threshold("good", 4, 0);
    const kind = reader.choice("direction", DIRECTIONS, "down") === "down" ? "lose" : "drop";
    const inBad = new Set<number>();
    return {
      verdict: ({ device }, random) => {
        const isBad = inBad.has(device);
        const lost = random.fires(isBad ? bad : good);
        if (random.fires(isBad ? leave : enter)) {
          if (isBad) inBad.delete(device);
          else inBad.add(device);
        }
        return lost ? { kind } : PASS;
      },
    };
  },
};
