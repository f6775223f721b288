/** Faults by their short text form: `drop(p=1%)`, `error(2%)`, `late(p=1%, by=500ms)`, `disconnect(1%, reconnect=1s)`. */
import type { RandomStream } from "../../protocol/random.ts";
import type { Fault, RequestContext, Verdict } from "../../protocol/responder.ts";
import type { Duration } from "../../protocol/time.ts";
import { type FormProblem, FormReader, isProblem, parseForm, problem } from "../behaviour/form.ts";
import { readDisconnectBeforeReply } from "./disconnect-before-reply.ts";
import { dropReply } from "./drop-reply.ts";
import { errorReply } from "./error-reply.ts";
import { readLateReply } from "./late-reply.ts";
import { type FaultCounts, SELECTOR_ARGUMENTS, Selector } from "./selector.ts";

/** A Fault that counts what it did. */
export interface CountedFault extends Fault {
  /** Which fault it is, without its arguments. */
  readonly form: string;
  readonly counts: Readonly<FaultCounts>;
}

interface FaultKind {
  readonly arguments: readonly string[];
  read(reader: FormReader, timeout: Duration): () => Verdict;
}

const FAULT_KINDS: ReadonlyMap<string, FaultKind> = new Map([
  ["drop", { arguments: [], read: () => dropReply }],
  ["error", { arguments: [], read: () => errorReply }],
  ["late", { arguments: ["by"], read: readLateReply }],
  ["disconnect", { arguments: ["reconnect"], read: readDisconnectBeforeReply }],
]);

const PASS: Verdict = { kind: "pass" };

/**
 * Reads a fault form; `timeout` is the Call's effective timeout, which a late reply is late against. `earlier` are the faults
 * before it in the same list: a second one of a kind draws for itself.
 */
export function parseFault(
  text: string,
  timeout: Duration,
  earlier: readonly CountedFault[] = [],
): CountedFault | FormProblem {
  const form = parseForm(text);
  if (isProblem(form)) return form;
  const kind = FAULT_KINDS.get(form.name);
  if (kind === undefined) {
    return problem(`unknown fault "${form.name}", expected one of ${[...FAULT_KINDS.keys()].join(", ")}`);
  }
  const reader = new FormReader(form);
  const same = earlier.filter((fault) => fault.form === form.name).length;
  const selector = new Selector(form.name, reader, same + 1);
  const verdict = kind.read(reader, timeout);
  reader.finish([...SELECTOR_ARGUMENTS, ...kind.arguments]);
  if (reader.problems.length > 0) return problem(reader.problems.join("; "));
  return {
    name: text,
    form: form.name,
    counts: selector.counts,
    judge: (request: RequestContext, random: RandomStream) => (selector.fires(request, random) ? verdict() : PASS),
  };
}
