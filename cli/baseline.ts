import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Argv, CommandModule } from "yargs";
import { baselineFiles } from "../reports/compare/baseline-files.ts";
import { fingerprintOf } from "../reports/compare/configuration.ts";
import { flawOf, hlogOf, readRunFigures } from "../reports/compare/measured-run.ts";
import { formatQuantity } from "../reports/format.ts";
import { mustRead } from "./ab/must-read.ts";
import { writeText } from "./ab/write-text.ts";
import { UsageError } from "./errors.ts";

interface DirectoryArguments {
  dir: string;
}

interface SaveArguments extends DirectoryArguments {
  run: string;
  name: string | undefined;
}

const saveCommand: CommandModule<object, SaveArguments> = {
  command: "save <run>",
  describe: "Keep a run's figures and its histogram as small text files",
  builder: (yargs) =>
    withDirectory(yargs)
      .positional("run", { type: "string", demandOption: true, describe: "A run directory" })
      .option("name", { type: "string", describe: "Name of the files [that of the scenario]" })
      .example(
        "$0 baseline save runs/20260101T120000Z-two-way-latency-7",
        "as baselines/two-way-latency.json",
      ) as never,
  handler: async ({ run: folder, dir, name }) => {
    const run = mustRead(folder);
    const flaw = flawOf(run);
    if (flaw !== undefined) throw new UsageError([`${folder}: this run is no measure for others: ${flaw}`]);
    const file = name ?? run.figures.scenario.replace(/[^\w.-]/g, "_");
    if (!/^[\w.-]+$/.test(file))
      throw new UsageError([`--name: expected letters, digits, dots and dashes, got "${file}"`]);
    const files = baselineFiles(run, join(dir, `${file}.json`));
    for (const { path, text } of files) await writeText(path, text);
    const bytes = files.reduce((sum, { text }) => sum + text.length, 0);
    process.stdout.write(`saved ${files.map(({ path }) => path).join(" and ")} (${Math.ceil(bytes / 1_024)} KiB)\n`);
  },
};

const listCommand: CommandModule<object, DirectoryArguments> = {
  command: "list",
  describe: "The baselines that are kept, with their figures",
  builder: (yargs) => withDirectory(yargs) as never,
  handler: ({ dir }) => {
    const lines = baselinePaths(dir).map((path) => {
      const run = readRunFigures(path);
      if (run instanceof Error) return `${path}: cannot be read: ${run.message}`;
      const { responseTimeUs, throughput, window, host } = run.figures;
      const p50 = formatQuantity(responseTimeUs.p50, "us");
      const p99 = formatQuantity(responseTimeUs.p99, "us");
      const rate = formatQuantity(throughput.achievedPerS, "per_s");
      return `${path}: p50 ${p50}, p99 ${p99}, ${rate}; ${window.startedAt.slice(0, 10)} on ${host.cpu} (${fingerprintOf(host)}), rpcfleet ${host.rpcfleet}`;
    });
    process.stdout.write(lines.length === 0 ? `no baselines in ${dir}\n` : `${lines.join("\n")}\n`);
  },
};

export const baselineCommand: CommandModule = {
  command: "baseline",
  describe: "Keep runs that others are compared with, or list them",
  builder: (yargs: Argv) =>
    yargs
      .command(saveCommand)
      .command(listCommand)
      .demandCommand(1, "Name an action: baseline save <run>, or baseline list."),
  handler: () => undefined,
};

function withDirectory(yargs: Argv): Argv {
  return yargs.option("dir", { type: "string", default: "baselines", describe: "Folder of the baselines" });
}

/** The `.json` files that are baselines: each has its histogram log beside it, and calibrations of machines have none. */
export function baselinePaths(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(".json"))
      .sort()
      .map((name) => join(folder, name))
      .filter((path) => existsSync(hlogOf(path)));
  } catch {
    return [];
  }
}
