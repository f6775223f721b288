import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { CommandModule } from "yargs";
import { exitCode } from "../reports/exit-code.ts";
import { renderText } from "../reports/text.ts";
import { readRun, writeReports } from "../reports/write-run.ts";

interface ReportArguments {
  run: string;
  json: boolean;
}

export const reportCommand: CommandModule<object, ReportArguments> = {
  command: "report <run>",
  describe: "Make every report of a run again from its journal",
  builder: (yargs) =>
    yargs
      .positional("run", { type: "string", demandOption: true, describe: "A run directory" })
      .option("json", { type: "boolean", default: false, describe: "Print summary.json" })
      .example("$0 report runs/20260101T120000Z-two-way-latency-7", "recompute and print"),
  handler: async ({ run, json }) => {
    const record = await readRun(run);
    const summary = await writeReports(run, record);
    if (json) process.stdout.write(await readFile(join(run, "summary.json"), "utf8"));
    else process.stdout.write(renderText(summary, { folder: run, colour: process.stdout.isTTY === true }));
    process.exitCode = exitCode(summary, record.totals.interrupted);
  },
};
