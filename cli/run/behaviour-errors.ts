/** What went wrong in users' own behaviours, in words: each message once, however many devices it happened to. */
import type { RunEvent } from "../../reports/run-record.ts";
import type { BehaviourError } from "../../simulator/behaviour/user-behaviour.ts";
import type { Progress } from "./progress.ts";

export function sayBehaviourErrors(errors: readonly BehaviourError[], progress: Progress): void {
  for (const error of errors) progress.say(textOf(error));
}

/** The same as incidents of the run, each at its first time. */
export function behaviourEvents(errors: readonly BehaviourError[]): RunEvent[] {
  return errors.map((error) => ({ at: error.at, label: textOf(error) }));
}

function textOf({ method, message, device, count }: BehaviourError): string {
  const times = count === 1 ? "once" : `${count} times`;
  return `behaviour: ${method} failed ${times}, first on device ${device}: ${message.split("\n")[0]}`;
}
