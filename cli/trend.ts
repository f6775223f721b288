import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { CommandModule } from "yargs";
import { type RunFigures, readRunFigures } from "../reports/compare/measured-run.ts";
import { trendsOf } from "../reports/compare/trend.ts";
import { renderTrendText } from "../reports/compare/trend-text.ts";
import { findChangePoints } from "../reports/statistics/change-points.ts";
import { RUN_FILES } from "../reports/write-run.ts";
import { baselinePaths } from "./baseline.ts";
import { UsageError } from "./errors.ts";

interface TrendArguments {
  paths: string[];
  json: boolean;
}

export const trendCommand: CommandModule<object, TrendArguments> = {
  command: "trend <paths..>",
  describe: "Many runs in the order of time: figures, sparklines, and where a level changed",
  builder: (yargs) =>
    yargs
      .positional("paths", {
        type: "string",
        array: true,
        demandOption: true,
        describe: "Run directories, stored baselines, or folders of them",
      })
      .option("json", { type: "boolean", default: false, describe: "Print the trends as JSON" })
      .example("$0 trend runs", "all runs here, by scenario and machine")
      .example("$0 trend runs/*-throughput-* --json", "some, as data") as never,
  handler: ({ paths, json }) => {
    const { runs, unreadable } = readAll(paths);
    const { trends, leftOut } = trendsOf(runs, findChangePoints);
    const all = { trends, leftOut: [...leftOut, ...unreadable] };
    process.stdout.write(json ? `${JSON.stringify(all, null, 2)}\n` : renderTrendText(all));
  },
};

/** Every run at these places. What a user names must be readable; what only stands in a folder is told when it is not. */
function readAll(paths: readonly string[]): { runs: RunFigures[]; unreadable: string[] } {
  const runs: RunFigures[] = [];
  const unreadable: string[] = [];
  const problems: string[] = [];
  for (const path of paths) {
    const found = runsIn(path);
    if (found !== undefined && found.length === 0) problems.push(`${path}: no runs and no baselines in this folder`);
    for (const each of found ?? [path]) {
      const run = readRunFigures(each);
      if (!(run instanceof Error)) runs.push(run);
      else if (found === undefined) throw run;
      else unreadable.push(`${each} is left out: ${run.message}.`);
    }
  }
  if (problems.length > 0) throw new UsageError(problems);
  return { runs, unreadable };
}

/** The runs and baselines in a folder, folders of `ab` with them; undefined when the path is no folder of runs but one itself. */
function runsIn(path: string): string[] | undefined {
  if (path.endsWith(".json") || existsSync(join(path, RUN_FILES.summary)) || !existsSync(path)) return undefined;
  const folders = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const inside = folders.flatMap(({ name }) => {
    const folder = join(path, name);
    return existsSync(join(folder, RUN_FILES.summary)) ? [folder] : [];
  });
  return [...inside, ...baselinePaths(path)];
}
