/** B2: bytes drawn by chance instead of a payload, and, if wanted, the end of the connection right behind them. */
import type { EndHow } from "../../protocol/reaction.ts";
import { SECOND } from "../../protocol/time.ts";
import type { FaultKind } from "./device-fault.ts";

export const garbage: FaultKind = {
  name: "garbage",
  id: "B2",
  standard: "RANDOM_DATA_THEN_CLOSE",
  does: "answers with `bytes` (64) random bytes; `then=fin` or `reset` closes the connection for a second",
  arguments: ["bytes", "then"],
  read: (reader) => {
    const bytes = reader.count("bytes", 1, { fallback: 64, least: 1 });
    const how = reader.choice<EndHow | "stay">("then", ["stay", "fin", "reset", "disconnect"], "stay");
    return {
      verdict: (_, random) => {
        const payload = Uint8Array.from({ length: bytes }, () => random.below(256));
        const edit = { kind: "edit", edit: () => payload } as const;
        if (how === "stay") return edit;
        return { kind: "several", verdicts: [edit, { kind: "end", how, instead: false, reconnectAfter: SECOND }] };
      },
    };
  },
};
