import { createWriteStream } from "node:fs";
import { finished } from "node:stream/promises";
import type { CommandModule } from "yargs";
import { callLines } from "../reports/call-lines.ts";
import { readRun } from "../reports/read-run.ts";
import { UnwritableRun } from "../reports/unreadable-run.ts";
import { writeLines } from "./write-lines.ts";

interface ExportArguments {
  run: string;
  file: string;
  csv: boolean;
}

const STANDARD_OUTPUT = "-";

export const exportCommand: CommandModule<object, ExportArguments> = {
  command: "export <run> [file]",
  describe: "Write the calls of a run as CSV, one line for each",
  builder: (yargs) =>
    yargs
      .positional("run", { type: "string", demandOption: true, describe: "A run directory" })
      .positional("file", { type: "string", default: STANDARD_OUTPUT, describe: "- is the standard output" })
      .option("csv", { type: "boolean", demandOption: true, describe: "The format: comma-separated values" })
      .example("$0 export runs/A --csv calls.csv", "instants in microseconds since the workload began")
      .example("$0 export runs/A --csv | head", "the first calls"),
  handler: async ({ run, file }) => {
    const record = readRun(run);
    if (record instanceof Error) throw record;
    const lines = callLines(record);
    if (file === STANDARD_OUTPUT) await writeLines(process.stdout, lines);
    else await writeFile(file, lines);
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
