/** The command that brings a Call of a run back, from the command that made the run. */
import type { RunFacts } from "../run-record.ts";

const RUN = /^((?:npx )?rpcfleet) run\b/;

/**
 * One device alone, which does what it did in the whole fleet: the run's own settings and seed, `fleet` in the place of `run`. Undefined
 * when the run was not made by such a command.
 */
export function oneDeviceCommand({ command }: Pick<RunFacts, "command">, device: number): string | undefined {
  if (!RUN.test(command)) return undefined;
  return `${command.replace(RUN, "$1 fleet")} --only-device ${device}`;
}
