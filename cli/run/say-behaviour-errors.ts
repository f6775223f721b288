/** What went wrong in users' own behaviours, in words: each message once, however many devices it happened to. */
import type { BehaviourError } from "../../simulator/behaviour/user-behaviour.ts";
import type { Progress } from "./progress.ts";

export function sayBehaviourErrors(errors: readonly BehaviourError[], progress: Progress): void {
  for (const { method, message, device, count } of errors) {
    const times = count === 1 ? "once" : `${count} times`;
    progress.say(`behaviour: ${method} failed ${times}, first on device ${device}: ${message}`);
  }
}
