/** B5: the reply names another request than the one it answers, or none that could be. */
import type { FaultKind } from "./device-fault.ts";

/** The last level of the reply's topic, from the id that would be right. */
const WRONG = {
  // Beyond what any server hands out, and still 32 bits.
  unknown: (id: number) => `${2_000_000_000 - id}`,
  // Ids are handed out in order: the one before is the likeliest to be open.
  pending: (id: number) => `${id === 0 ? 1 : id - 1}`,
  next: (id: number) => `${id + 1}`,
  negative: (id: number) => `${-1 - id}`,
  huge: (id: number) => `${2 ** 31 + id}`,
  text: () => "NaN",
  empty: () => "",
  slash: (id: number) => `${id}/`,
  wildcard: () => "+",
} as const;

type Wrong = keyof typeof WRONG;
const KINDS = Object.keys(WRONG) as Wrong[];

export const wrongId: FaultKind = {
  name: "wrong_id",
  id: "B5",
  standard: "none",
  does: `answers under a wrong request id: \`kind\` is ${KINDS.join(", ")} or any (unknown)`,
  arguments: ["kind"],
  mixesReplies: true,
  read: (reader) => {
    const kind = reader.choice<Wrong | "any">("kind", [...KINDS, "any"], "unknown");
    return {
      verdict: ({ requestId }, random) => {
        const one = kind === "any" ? (KINDS[random.below(KINDS.length)] as Wrong) : kind;
        return { kind: "address", address: { requestId: WRONG[one](requestId) } };
      },
    };
  },
};
