import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { CommandModule } from "yargs";
import { calibrationOf, noiseSentences } from "../reports/compare/machine-noise.ts";
import { readRun } from "../reports/read-run.ts";
import { renderText } from "../reports/text.ts";
import { exitCode } from "../reports/verdict.ts";
import { RUN_FILES, writeReports } from "../reports/write-run.ts";
import { UsageError } from "./errors.ts";
import {
  type PublishFlags,
  publishProblems,
  publishRun,
  takesStandardOutput,
  withPublishFlags,
} from "./publish/publish-run.ts";

interface ReportArguments extends PublishFlags {
  run: string;
  json: boolean;
}

import { hasColours } from "./colours.ts";

export const reportCommand: CommandModule<object, ReportArguments> = {
  command: "report <run>",
  describe: "Make every report of a run again from its journal",
  builder: (yargs) =>
    withPublishFlags(yargs)
      .positional("run", { type: "string", demandOption: true, describe: "A run directory" })
      .option("json", { type: "boolean", default: false, describe: "Print summary.json" })
      .example("$0 report runs/20260101T120000Z-two-way-latency-7", "recompute and print")
      .example("$0 report runs/20260101T120000Z-two-way-latency-7 --open-metrics -", "its figures as metrics"),
  handler: async (args) => {
    const { run, json } = args;
    const problems = publishProblems(args);
    if (problems.length > 0) throw new UsageError(problems);
    const record = readRun(run);
    if (record instanceof Error) throw record;
    const summary = writeReports(run, record);
    if (json) process.stdout.write(await readFile(join(run, RUN_FILES.summary), "utf8"));
    else if (!takesStandardOutput(args)) {
      process.stdout.write(
        renderText(summary, { report: join(run, RUN_FILES.html), colours: hasColours(process.stdout) }),
      );
      const known = calibrationOf(summary, "baselines");
      if (known !== undefined) process.stdout.write(`noise   ${noiseSentences(known).join("\n        ")}\n`);
    }
    process.exitCode = exitCode(summary, record.totals.interrupted);
    await publishRun({ record, summary }, args);
  },
};
