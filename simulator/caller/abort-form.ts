/** `abort(p=1%, after=200ms)`: a caller who gives up so many of its calls, that long after sending, by closing its connection (D17). */
import { chanceThreshold } from "../../protocol/random.ts";
import type { Duration } from "../../protocol/time.ts";
import { type FormProblem, FormReader, isProblem, parseForm, problem } from "../behaviour/form.ts";

export interface AbortRule {
  /** Of RandomStream.fires. */
  readonly threshold: number;
  /** Since the request was written. */
  readonly after: Duration;
}

export function parseAbort(text: string): AbortRule | FormProblem {
  const form = parseForm(text);
  if (isProblem(form)) return form;
  if (form.name !== "abort") return problem(`expected abort(p=1%, after=200ms), got "${text}"`);
  const reader = new FormReader(form);
  const share = reader.share("p", 0);
  const after = reader.duration("after", 1);
  reader.finish(["p", "after"]);
  return reader.problems.length > 0
    ? problem(reader.problems.join("; "))
    : { threshold: chanceThreshold(share), after };
}
