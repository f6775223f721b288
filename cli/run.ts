import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { CommandModule } from "yargs";
import { renderText } from "../reports/text.ts";
import { exitCode } from "../reports/verdict.ts";
import { RUN_FILES } from "../reports/write-run.ts";
import { hasColours } from "./colours.ts";
import {
  type PublishFlags,
  publishProblems,
  publishRun,
  takesStandardOutput,
  withPublishFlags,
} from "./publish/publish-run.ts";
import { executeRun } from "./run/execute-run.ts";
import { type RunArguments, withRunFlags } from "./run/run-arguments.ts";
import { settleRun } from "./run/settle-run.ts";

export const runCommand: CommandModule<object, RunArguments & PublishFlags> = {
  command: "run [scenario]",
  describe: "Run a scenario: fleet, calls, report",
  builder: (yargs) =>
    withPublishFlags(withRunFlags(yargs))
      .option("live", { type: "string", describe: "Serve a live page on this machine, at this port [a free one]" })
      .option("dashboard", {
        type: "boolean",
        default: true,
        describe: "Figures drawn in place on a terminal; --no-dashboard for plain lines",
      })
      .example("$0 run", "the default scenario, on a server started for it")
      .example("$0 run two-way-latency --devices 5000 --rate 1000 --duration 20s --seed 7", "bigger, and repeatable")
      .example('$0 run --latency "constant(50ms)" --gate "p99(rtt) < 250ms"', "one gate more")
      .example("$0 run --live", "watch it in a browser")
      .example("$0 run --target http://10.0.0.5:8080 --mqtt-port 1883", "against a server that runs already")
      .example("$0 run my-scenario.yaml --json", "a scenario file; the summary on standard output"),
  handler: async (args) => {
    const { record, summary, folder, interrupted } = await executeRun(
      await settleRun(args, () => publishProblems(args)),
    );
    if (args.json) process.stdout.write(await readFile(join(folder, RUN_FILES.summary), "utf8"));
    else if (!takesStandardOutput(args))
      process.stdout.write(
        renderText(summary, { report: join(folder, RUN_FILES.html), colours: hasColours(process.stdout) }),
      );
    process.exitCode = exitCode(summary, interrupted);
    await publishRun({ record, summary }, args);
  },
};
