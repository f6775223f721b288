/**
 * C2: the four-state model of bursts (Salsano et al.; netem's `loss state`). State 1: the link is good; 2: a message that gets
 * through inside a burst; 3: one that is lost in a burst; 4: one that is lost alone. The link moves, then the message meets it.
 */
import { PASS } from "../../protocol/reaction.ts";
import type { FaultKind } from "./device-fault.ts";
import { DIRECTIONS } from "./lose.ts";

const GOOD = 1;
const PASSING = 2;
const BURST = 3;
const ALONE = 4;

type Moves = readonly (readonly [to: number, share: number])[];

/** `p13` is the chance to go from state 1 to state 3, and so on; from state 4 it always goes to 1. */
export const stateLoss: FaultKind = {
  name: "state_loss",
  id: "C2",
  standard: "loss state",
  does: "loses messages in bursts by chances to change state, `p13` (1%), `p31` (25%), `p32`, `p23`, `p14` (0%)",
  arguments: ["p13", "p31", "p32", "p23", "p14", "direction"],
  read: (reader) => {
    const [p13, p31] = [reader.share("p13", 1, 0.01), reader.share("p31", 2, 0.25)];
    const [p32, p23, p14] = [reader.share("p32", 3, 0), reader.share("p23", 4, 0), reader.share("p14", 5, 0)];
    if (p13 + p14 > 1) reader.refuse("p13 and p14 must not be more than 100% together");
    if (p31 + p32 > 1) reader.refuse("p31 and p32 must not be more than 100% together");
    const kind = reader.choice("direction", DIRECTIONS, "down") === "down" ? "lose" : "drop";
    const moves = new Map<number, Moves>([
      [
        GOOD,
        [
          [BURST, p13],
          [ALONE, p14],
        ],
      ],
      [PASSING, [[BURST, p23]]],
      [
        BURST,
        [
          [GOOD, p31],
          [PASSING, p32],
        ],
      ],
      [ALONE, [[GOOD, 1]]],
    ]);
    const states = new Map<number, number>();
    return {
      verdict: ({ device }, random) => {
        const before = states.get(device) ?? GOOD;
        const state = next(moves.get(before) ?? [], random.uniform()) ?? before;
        states.set(device, state);
        return state >= BURST ? { kind } : PASS;
      },
    };
  },
};

/** Where a draw leads, undefined: it stays. */
function next(moves: Moves, draw: number): number | undefined {
  let left = draw;
  for (const [to, share] of moves) {
    if (left < share) return to;
    left -= share;
  }
  return undefined;
}
