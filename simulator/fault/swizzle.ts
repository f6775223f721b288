/**
 * E2, swizzle-clogging (FoundationDB): the links of a random subset are clogged one after the other, then unclogged in another
 * random order. Each device draws its own two instants, so no one has to know the others: the draws are the two orders.
 */
import type { FaultKind, LifeContext, LifeEvent } from "./device-fault.ts";

/** `p` picks the subset; links are clogged in the first half of each window and unclogged in the second. */
export const swizzle: FaultKind = {
  name: "swizzle",
  id: "E2",
  standard: "swizzle-clogging",
  does: "has its link clogged in a random order among its share of the cohort, and unclogged in another",
  arguments: [],
  read: (reader, { schedule }) => {
    const [first] = schedule.windows();
    if (first !== undefined && first.to === Number.POSITIVE_INFINITY) {
      reader.refuse("it needs windows that end: stop, or for");
    }
    return { life: lifeOf };
  },
};

function* lifeOf({ windows, draw }: LifeContext): Generator<LifeEvent> {
  const silence = { kind: "silence", direction: "both", of: "link" } as const;
  let question = 0;
  for (const { from, to } of windows()) {
    const half = (to - from) / 2;
    const clog = from + Math.floor(draw(question++).uniform() * half);
    const unclog = from + Math.ceil(half + draw(question++).uniform() * half);
    yield { at: clog, action: { ...silence, on: true }, counts: true };
    yield { at: unclog, action: { ...silence, on: false }, counts: false };
  }
}
