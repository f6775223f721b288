/** The command line: one command a file, joined here. */
import yargs from "yargs";
import { hideBin } from "yargs/helpers";
import { abCommand } from "./ab.ts";
import { baselineCommand } from "./baseline.ts";
import { calibrateCommand } from "./calibrate.ts";
import { callCommand } from "./call.ts";
import { compareCommand } from "./compare.ts";
import { decisionsCommand } from "./decisions.ts";
import { distCommand } from "./dist.ts";
import { doctorCommand } from "./doctor.ts";
import { EXIT, reportError, UsageError, usageProblem } from "./errors.ts";
import { exportCommand } from "./export.ts";
import { fleetCommand } from "./fleet.ts";
import { personasCommand } from "./personas.ts";
import { reportCommand } from "./report.ts";
import { runCommand } from "./run.ts";
import { scenariosCommand } from "./scenarios.ts";
import { schemaCommand } from "./schema.ts";
import { serveCommand } from "./serve.ts";
import { trendCommand } from "./trend.ts";

/** Options that may be given more than once; `_` and `$0` are yargs' own. */
const REPEATABLE = new Set(["fault", "gate", "_", "quirk", "a", "b", "--", "paths"]);

// A reader that has seen enough (`| head`) is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

try {
  await yargs(hideBin(process.argv))
    .scriptName("rpcfleet")
    .parserConfiguration({ "populate--": true })
    .usage(
      "$0 <command>\n\nSimulates a device-RPC server and a fleet of devices, drives calls through them, and reports what happened.",
    )
    .command(runCommand)
    .command(serveCommand)
    .command(fleetCommand)
    .command(callCommand)
    .command(scenariosCommand)
    .command(personasCommand)
    .command(distCommand)
    .command(reportCommand)
    .command(exportCommand)
    .command(schemaCommand)
    .command(compareCommand)
    .command(abCommand)
    .command(calibrateCommand)
    .command(baselineCommand)
    .command(trendCommand)
    .command(decisionsCommand)
    .command(doctorCommand)
    .demandCommand(1, "Name a command; rpcfleet --help lists them.")
    .strict()
    .recommendCommands()
    .check((args) => {
      const twice = Object.entries(args).filter(([name, value]) => Array.isArray(value) && !REPEATABLE.has(name));
      if (twice.length > 0) throw new UsageError(twice.map(([name]) => `--${name} is given more than once`));
      return true;
    })
    .wrap(110)
    .epilogue(
      "Exit codes: 0 pass, 1 a gate failed, 2 usage or configuration, 3 run invalid, 4 target or set-up failed, 130 interrupted.",
    )
    .fail((message, error) => {
      // yargs' own complaints come as its YError, or as a message alone.
      if (error && error.name !== "YError") throw error;
      throw new UsageError([usageProblem(message ?? error.message)]);
    })
    .parseAsync();
} catch (error) {
  process.exitCode = reportError(error) || EXIT.setUp;
}
