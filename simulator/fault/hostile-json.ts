/** B11: JSON, or nearly, that readers stumble over: put in front of the members of the reply. */
import type { FaultKind } from "./device-fault.ts";

const DEPTH = 10_000;
const NESTED = `${"[".repeat(DEPTH)}${"]".repeat(DEPTH)}`;

/** Members as text. Only `nan` is no JSON. */
const MEMBERS = {
  // The first of two is another Call's, for readers that keep the first.
  duplicate: '"nonce":"duplicate"',
  proto: '"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}',
  deep: `"deep":${NESTED}`,
  surrogate: '"text":"\\ud800"',
  nan: '"number":NaN',
  big: '"number":9007199254740993',
} as const;

type Hostile = keyof typeof MEMBERS;
const KINDS = Object.keys(MEMBERS) as Hostile[];

export const hostileJson: FaultKind = {
  name: "hostile_json",
  id: "B11",
  standard: "none",
  does: `answers with hostile JSON: \`kind\` is ${KINDS.join(", ")} or any (any)`,
  arguments: ["kind"],
  read: (reader) => {
    const kind = reader.choice<Hostile | "any">("kind", [...KINDS, "any"], "any");
    return {
      verdict: (_, random) => {
        const member = MEMBERS[kind === "any" ? (KINDS[random.below(KINDS.length)] as Hostile) : kind];
        return {
          kind: "edit",
          edit: (payload) => {
            const rest = String(payload).replace(/^\{/, "");
            return `{${member}${rest === "}" ? "" : ","}${rest}`;
          },
        };
      },
    };
  },
};
