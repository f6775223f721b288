/** What k6 cannot do, told before anything is started: it sends each call of a plan once, waits for its answer and takes the next. */
import type { ScenarioInput } from "../../scenarios/scenario.ts";

/** What a scenario asks for that only the native caller does. */
export function k6Problems({ workload, caller, call, calls }: ScenarioInput): string[] {
  const problems: string[] = [];
  const refuse = (place: string, why: string): void => {
    problems.push(`${place}: ${why}; use --engine native`);
  };
  if (workload.kind === "closed" && workload.think !== undefined) {
    refuse("workload.think", "with k6, callers call again at once, for k6 draws no times from the seed");
  }
  if (caller?.abort !== undefined) refuse("caller.abort", "k6 cannot close a connection whose answer it waits for");
  if (caller?.retry !== undefined) refuse("caller.retry", "k6 sends each planned call once");
  const kinds = Array.isArray(calls) ? calls : [call];
  if (kinds.some((kind) => kind?.persistent === true)) {
    refuse("persistent calls", "a k6 VU would be busy with one record while others are due");
  }
  return problems;
}
