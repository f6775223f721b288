/** The command line: one command a file, joined here. */
import yargs, { type CommandModule } from "yargs";
import { hideBin } from "yargs/helpers";
import { EXIT, reportError, UsageError, usageProblem } from "./errors.ts";

/** Options that may be given more than once; `_` and `$0` are yargs' own. */
const REPEATABLE = new Set(["fault", "gate", "_", "quirk", "a", "b", "--", "paths"]);

/** In the order of the help. A file is read when its command is meant: all of them take a second to load. */
const COMMANDS: Readonly<Record<string, () => Promise<CommandModule>>> = {
  run: async () => (await import("./run.ts")).runCommand as CommandModule,
  serve: async () => (await import("./serve.ts")).serveCommand as CommandModule,
  fleet: async () => (await import("./fleet.ts")).fleetCommand as CommandModule,
  call: async () => (await import("./call.ts")).callCommand as CommandModule,
  scenarios: async () => (await import("./scenarios.ts")).scenariosCommand as CommandModule,
  personas: async () => (await import("./personas.ts")).personasCommand as CommandModule,
  dist: async () => (await import("./dist.ts")).distCommand as CommandModule,
  report: async () => (await import("./report.ts")).reportCommand as CommandModule,
  export: async () => (await import("./export.ts")).exportCommand as CommandModule,
  schema: async () => (await import("./schema.ts")).schemaCommand as CommandModule,
  compare: async () => (await import("./compare.ts")).compareCommand as CommandModule,
  ab: async () => (await import("./ab.ts")).abCommand as CommandModule,
  calibrate: async () => (await import("./calibrate.ts")).calibrateCommand as CommandModule,
  baseline: async () => (await import("./baseline.ts")).baselineCommand as CommandModule,
  trend: async () => (await import("./trend.ts")).trendCommand as CommandModule,
  decisions: async () => (await import("./decisions.ts")).decisionsCommand as CommandModule,
  doctor: async () => (await import("./doctor.ts")).doctorCommand as CommandModule,
};

// A reader that has seen enough (`| head`) is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

try {
  const words = hideBin(process.argv);
  await yargs(words)
    .scriptName("rpcfleet")
    .parserConfiguration({ "populate--": true })
    .usage(
      "$0 <command>\n\nSimulates a device-RPC server and a fleet of devices, drives calls through them, and reports what happened.",
    )
    .command(await commandsFor(words))
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

/** The command that is named; all of them when none is, or one that there is not. */
async function commandsFor([word = ""]: readonly string[]): Promise<CommandModule[]> {
  const named = Object.hasOwn(COMMANDS, word) ? COMMANDS[word] : undefined;
  if (named !== undefined) return [await named()];
  return Promise.all(Object.values(COMMANDS).map((load) => load()));
}
