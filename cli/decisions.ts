import type { CommandModule } from "yargs";
import { decisionLines } from "../reports/decisions.ts";
import { readRun } from "../reports/read-run.ts";
import { writeLines } from "./write-lines.ts";

interface DecisionsArguments {
  run: string;
}

export const decisionsCommand: CommandModule<object, DecisionsArguments> = {
  command: "decisions <run>",
  describe: "List what each device of a run decided for each call: its delay and its faults, as CSV",
  builder: (yargs) =>
    yargs
      .positional("run", { type: "string", demandOption: true, describe: "A run directory" })
      .example("$0 decisions runs/A > a.csv && $0 decisions runs/B | cmp a.csv", "two runs of one seed are equal"),
  handler: async ({ run }) => {
    const record = readRun(run);
    if (record instanceof Error) throw record;
    await writeLines(process.stdout, decisionLines(record));
  },
};
