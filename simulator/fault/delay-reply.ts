/** A1, A2: every answer of those picked is late, by the same amount or by one that is drawn for each. */
import type { Verdict } from "../../protocol/reaction.ts";
import { parseDuration } from "../../protocol/time.ts";
import { type FormReader, isProblem } from "../behaviour/form.ts";
import { type Latency, parseLatency } from "../behaviour/latency.ts";
import type { FaultKind, FaultProgramme } from "./device-fault.ts";

/** `by` is a duration or a latency form; a form is drawn from this fault's stream, each request for itself. */
export const delayReply: FaultKind = {
  name: "delay",
  id: "A1",
  standard: "fixedDelay, latency, wait",
  does: "answers `by` later, a duration or a latency form such as lognormal(p50=40ms, p99=400ms)",
  arguments: ["by"],
  read: (reader, { timeout }): FaultProgramme => {
    const text = reader.nested("by", 1) ?? "0s";
    const delay = parseDuration(text);
    if (delay !== undefined) return { verdict: () => ({ kind: "add", delay }) };
    const marginal = marginalOf(reader, parseLatency(text, timeout));
    return {
      verdict: (_, random): Verdict => {
        const drawn = Math.round(marginal?.quantile(random.uniform()) ?? 0);
        return drawn === Number.POSITIVE_INFINITY ? { kind: "drop" } : { kind: "add", delay: drawn };
      },
    };
  },
};

function marginalOf(reader: FormReader, latency: ReturnType<typeof parseLatency>): Latency["marginal"] {
  if (isProblem(latency)) reader.refuse(`by must be a duration such as 50ms or a latency: ${latency.message}`);
  else if (latency.marginal === undefined)
    reader.refuse("by must be a latency whose draws do not depend on each other");
  else return latency.marginal;
  return undefined;
}
