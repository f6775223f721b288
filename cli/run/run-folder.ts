/** The run directory: `<UTC time>-<scenario>-<seed>`, new for every run. */
import { createWriteStream, mkdirSync, type WriteStream, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SetUpError } from "../errors.ts";
import type { SettledRun } from "./settle-run.ts";

export interface RunFolder {
  readonly path: string;
  readonly log: WriteStream;
}

/** Makes the folder and writes the plan into it; an unwritable place is said in one line. */
export function createRunFolder(run: SettledRun, startedAt: Date): RunFolder {
  const time = startedAt.toISOString().replace(/[-:]/g, "").replace(/\..*/, "Z");
  const base = join(run.flags.out, `${time}-${run.scenario.name}-${run.seed.replace(/[^\w-]/g, "_")}`);
  try {
    const path = makeNew(base);
    const { password: _, ...flags } = run.flags;
    const plan = { schema: "rpcfleet.plan/1", seed: run.seed, timeoutUs: run.timeout, scenario: run.scenario, flags };
    writeFileSync(join(path, "plan.json"), `${JSON.stringify(plan, null, 2)}\n`);
    return { path, log: createWriteStream(join(path, "run.log")) };
  } catch (error) {
    throw new SetUpError(`cannot write to ${run.flags.out}: ${(error as NodeJS.ErrnoException).code}`);
  }
}

/** Two runs may start within one second: the later one gets a number. */
function makeNew(base: string): string {
  mkdirSync(join(base, ".."), { recursive: true });
  for (let attempt = 1; ; attempt++) {
    const path = attempt === 1 ? base : `${base}-${attempt}`;
    try {
      mkdirSync(path);
      return path;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}
