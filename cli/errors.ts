/**
 * What reaches a user when something is wrong, and the exit code that goes with it. Exit codes: 0 pass, 1 a gate failed or an
 * invariant was violated, 2 usage or configuration, 3 run invalid, 4 target or set-up failed, 130 interrupted.
 */

export const EXIT = { pass: 0, fail: 1, usage: 2, invalid: 3, setUp: 4, interrupted: 130 } as const;

/** Wrong flags, scenarios or files: every problem at once. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}

/** The target, a port or this machine does not allow the run; one line says what and what to do. */
export class SetUpError extends Error {
  override readonly name = "SetUpError";
}

/** Ctrl-C before there was anything to report. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
}

/** A complaint of yargs in one line; it names an unknown flag twice, as typed and in camel case, and spreads choices over three. */
export function usageProblem(message: string): string {
  const unknown = /^Unknown arguments?: (.*)$/.exec(message);
  if (unknown !== null) {
    const names = (unknown[1] as string).split(", ");
    const twice = new Set(names.filter((name) => name.includes("-")).map(camelCase));
    const once = names.filter((name) => !twice.has(name));
    return `Unknown argument${once.length === 1 ? "" : "s"}: ${once.join(", ")}`;
  }
  const choice = /^Invalid values:\s+Argument: (.+), Given: (.+), Choices: (.+)$/.exec(message);
  if (choice !== null) return `--${choice[1]}: expected one of ${choice[3]}, got ${choice[2]}`;
  return message.replace(/^Not enough arguments following: (.+)$/, "--$1: needs a value");
}

function camelCase(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Errors of other parts that mean "set-up failed", by their name. */
const SET_UP_ERRORS = new Set(["SetUpError", "TargetError", "StartError", "UnwritableRun", "UnreadableRun"]);

/** Prints an error for a person and returns the exit code it stands for; what is not expected keeps its stack. */
export function reportError(error: unknown): number {
  if (error instanceof UsageError) {
    const count = error.problems.length;
    process.stderr.write(`${count === 1 ? "1 problem" : `${count} problems`}:\n`);
    for (const problem of error.problems) process.stderr.write(`  ${problem}\n`);
    return EXIT.usage;
  }
  if (error instanceof Interrupted) {
    process.stderr.write("interrupted before the first call\n");
    return EXIT.interrupted;
  }
  if (error instanceof Error && error.name === "ServerOptionsError") {
    process.stderr.write(`${error.message}\n`);
    return EXIT.usage;
  }
  if (error instanceof Error && SET_UP_ERRORS.has(error.name)) {
    process.stderr.write(`${error.message}\n`);
    return EXIT.setUp;
  }
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  return EXIT.setUp;
}
