/** The page that lists every fault, from the faults themselves. */
import type { FaultKind } from "./device-fault.ts";
import { SELECTOR_ARGUMENTS } from "./selector.ts";

/** Markdown; `examples` by name. */
export function faultPage(kinds: readonly FaultKind[], examples: ReadonlyMap<string, string>): string {
  const rows = kinds.map(({ name, id, arguments: own, does, transports, standard }) =>
    [
      `\`${name}\``,
      id,
      own.join(", "),
      does,
      transports?.join(", ") ?? "all",
      `\`${examples.get(name) ?? name}\``,
      standard,
    ].join(" | "),
  );
  return `# Faults

What can befall a device, its session or its link, as \`--fault\` or in a cohort of a scenario. Every fault also takes ${list(SELECTOR_ARGUMENTS)}:
\`p\` is a share, or one that goes from one value to another (\`p=1%..10%, over=30s\`); \`method\` a name, \`get*\` or several with \`|\`;
\`device\` and \`nth\` numbers such as \`3\`, \`1|3\` or \`10..20\`; \`start\`, \`stop\`, \`for\` and \`every\` say when, counted from the run's start;
\`name\` gives a fault a random stream of its own. Defaults stand in parentheses.
Over transports that are not named a fault has nothing to act on, and is refused. A test writes this page.

fault | row | arguments | the device ... | transports | example | elsewhere
--- | --- | --- | --- | --- | --- | ---
${rows.join("\n")}
`;
}

function list(words: readonly string[]): string {
  return `${words
    .slice(0, -1)
    .map((word) => `\`${word}\``)
    .join(", ")} and \`${words.at(-1)}\``;
}
