/**
 * `retry(on=timeout|no_connection, attempts=2, backoff=fixed(100ms), key=same)`: a caller who calls again (D18).
 *
 * - `on`: the Outcomes it calls again after; timeout, no_connection and transport_error when left out.
 * - `attempts`: further calls at most, 1 when left out. Each is a Call of its own.
 * - `backoff`: from the end of the call before to the intended start of the next: fixed, exponential or jitter; fixed(100ms) when
 *   left out.
 * - `key`: `same` sends the requestUUID of the first call again, `new` one of its own with each; none is sent when left out.
 */
import { OUTCOME_CODE, OUTCOMES, type Outcome } from "../../protocol/outcome.ts";
import { type FormProblem, FormReader, isProblem, parseForm, problem } from "../behaviour/form.ts";
import { parseReconnect, type ReconnectPolicy } from "../fleet/reconnect.ts";

export interface RetryRule {
  /** By outcome code: 1 when a call that ended so is repeated. */
  readonly repeats: Uint8Array;
  readonly attempts: number;
  readonly backoff: ReconnectPolicy;
  readonly key: "same" | "new" | undefined;
}

const RETRYABLE: readonly Outcome[] = OUTCOMES.filter((outcome) => outcome !== "ok" && outcome !== "dropped");
const MOST_ATTEMPTS = 100;

export function parseRetry(text: string): RetryRule | FormProblem {
  const form = parseForm(text);
  if (isProblem(form)) return form;
  if (form.name !== "retry") return problem(`expected retry(on=timeout, attempts=2), got "${text}"`);
  const reader = new FormReader(form);
  const repeats = readOutcomes(reader);
  const attempts = reader.count("attempts", -1, { least: 1, most: MOST_ATTEMPTS, fallback: 1 });
  const backoff = parseReconnect(reader.text("backoff") ?? "fixed(100ms)");
  if (isProblem(backoff)) reader.refuse(`backoff: ${backoff.message}`);
  const key = reader.choice("key", ["same", "new"]);
  reader.finish(["on", "attempts", "backoff", "key"]);
  if (isProblem(backoff) || reader.problems.length > 0) return problem(reader.problems.join("; "));
  return { repeats, attempts, backoff, key };
}

function readOutcomes(reader: FormReader): Uint8Array {
  const repeats = new Uint8Array(OUTCOMES.length);
  for (const name of (reader.text("on") ?? "timeout|no_connection|transport_error").split("|")) {
    const outcome = RETRYABLE.find((each) => each === name.trim());
    if (outcome !== undefined) repeats[OUTCOME_CODE[outcome]] = 1;
    else reader.refuse(`on must be of ${RETRYABLE.join("|")}, got "${name.trim()}"`);
  }
  return repeats;
}
