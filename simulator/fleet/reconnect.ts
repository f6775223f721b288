/**
 * When a device that lost its connection tries again: `none`, `fixed(1s)`, `exponential(first=1s, cap=1m)`, or
 * `jitter(first=1s, cap=1m)`, which waits a random part of what `exponential` would (full jitter).
 */
import { PURPOSE, type RandomStream } from "../../protocol/random.ts";
import { type Duration, MINUTE, SECOND } from "../../protocol/time.ts";
import { type FormProblem, FormReader, isProblem, parseForm, problem } from "../behaviour/form.ts";

export interface ReconnectPolicy {
  /** Wait before the n-th try in a row (from 1); undefined: no more tries. `attempt` numbers all connections of the device. */
  wait(
    tries: number,
    place: { readonly device: number; readonly attempt: number },
    random: RandomStream,
  ): Duration | undefined;
}

const RECONNECT_FORMS = ["none", "fixed", "exponential", "jitter"] as const;

/** Doublings beyond this reach any cap. */
const MOST_DOUBLINGS = 32;

export function parseReconnect(text: string): ReconnectPolicy | FormProblem {
  const form = parseForm(text);
  if (isProblem(form)) return form;
  const reader = new FormReader(form);
  const policy = readPolicy(form.name, reader);
  if (policy === undefined) {
    return problem(`unknown reconnect policy "${form.name}", expected one of ${RECONNECT_FORMS.join(", ")}`);
  }
  return reader.problems.length > 0 ? problem(reader.problems.join("; ")) : policy;
}

function readPolicy(name: string, reader: FormReader): ReconnectPolicy | undefined {
  if (name === "none") {
    reader.finish([]);
    return { wait: () => undefined };
  }
  if (name === "fixed") {
    const wait = reader.duration("wait", 0, SECOND);
    reader.finish(["wait"]);
    return { wait: () => wait };
  }
  if (name !== "exponential" && name !== "jitter") return undefined;
  const first = reader.duration("first", 0, SECOND);
  const cap = reader.duration("cap", 1, MINUTE);
  reader.finish(["first", "cap"]);
  const ceiling = (tries: number): Duration => Math.min(cap, first * 2 ** Math.min(tries - 1, MOST_DOUBLINGS));
  if (name === "exponential") return { wait: ceiling };
  return {
    wait: (tries, { device, attempt }, random) =>
      random.seek(device, PURPOSE.reconnect, attempt).below(Math.min(2 ** 32 - 1, ceiling(tries) + 1)),
  };
}
