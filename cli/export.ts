import { createWriteStream } from "node:fs";
import { finished } from "node:stream/promises";
import type { CommandModule } from "yargs";
import { callLines } from "../reports/call-lines.ts";
import { readRun } from "../reports/read-run.ts";
import { UnwritableRun } from "../reports/unreadable-run.ts";
import { writeLines } from "./write-lines.ts";

interface ExportArguments {
  run: string;
  csv: string;
}

const STANDARD_OUTPUT = "-";

export const exportCommand: CommandModule<object, ExportArguments> = {
  command: "export <run>",
  describe: "Write the calls of a run as CSV, one line for each",
  builder: (yargs) =>
    yargs
      .positional("run", { type: "string", demandOption: true, describe: "A run directory" })
      .option("csv", {
        type: "string",
        demandOption: true,
        describe: "File to write; - or nothing for the standard output",
      })
      .example("$0 export runs/A --csv calls.csv", "instants in microseconds since the workload began")
      .example("$0 export runs/A --csv - | head", "the first calls"),
  handler: async ({ run, csv }) => {
    const record = readRun(run);
    if (record instanceof Error) throw record;
    const lines = callLines(record);
    if (csv === "" || csv === STANDARD_OUTPUT) await writeLines(process.stdout, lines);
    else await writeFile(csv, lines);
  },
};

async function writeFile(path: string, lines: Iterable<string>): Promise<void> {
  const file = createWriteStream(path);
  try {
    await writeLines(file, lines);
    await finished(file.end());
  } catch (error) {
    throw error instanceof Error && "syscall" in error ? new UnwritableRun(path, error) : error;
  }
}
