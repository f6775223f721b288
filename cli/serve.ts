import { pino } from "pino";
import type { Argv, CommandModule } from "yargs";
import { DIALECT_NAMES, type DialectName } from "../protocol/dialect.ts";
import { QUIRK_NAMES, QUIRKS, type Quirk } from "../protocol/requester/quirk.ts";
import { SUBMIT_STRATEGIES, type SubmitStrategy } from "../protocol/requester/requester-io.ts";
import { startServer } from "../server/server.ts";
import { demoTenant } from "./run/prepare-fleet.ts";

interface ServeArguments {
  host: string;
  httpPort: number;
  mqttPort: number;
  data: string | undefined;
  dialect: DialectName;
  minTimeout: number | undefined;
  strategy: SubmitStrategy;
  quirk: readonly Quirk[];
  journal: boolean;
  logLevel: string;
  quiet: boolean;
}

/** A server of its own lets callers have their answers at Ctrl-C; one of a run has nobody to wait for. */
const SHUTDOWN_GRACE_MS = 5_000;

/** From the parent process, when `run` started this server. */
type ServeRequest = "totals" | "close";

export const serveCommand: CommandModule<object, ServeArguments> = {
  command: "serve",
  describe: "Run the reference RPC server until Ctrl-C",
  builder: (yargs) =>
    yargs
      .option("host", { type: "string", default: "127.0.0.1", describe: "Address to listen on; 0.0.0.0 for all" })
      .option("http-port", { type: "number", default: 8080, describe: "REST port; 0 takes a free one" })
      .option("mqtt-port", { type: "number", default: 1883, describe: "MQTT port; 0 takes a free one" })
      .option("data", { type: "string", describe: "Folder to keep users and devices in; without it, memory" })
      .option("dialect", { choices: DIALECT_NAMES, default: "tb-v1" as DialectName, describe: "Manners of the server" })
      .option("min-timeout", { type: "number", describe: "Shortest timeout granted, ms (ThingsBoard: 5000)" })
      .option("strategy", {
        choices: SUBMIT_STRATEGIES,
        default: "burst" as SubmitStrategy,
        describe: "When a device's next request is sent: at once, after the last one's acknowledgement, or its reply",
      })
      .option("quirk", {
        choices: QUIRK_NAMES,
        array: true,
        default: [],
        describe: `Reproduce a hazard of the original, may be given again:\n${Object.entries(QUIRKS)
          .map(([name, text]) => `${name}: ${text}`)
          .join("\n")}`,
      })
      .option("journal", {
        type: "boolean",
        default: false,
        describe: "Keep every change of persistent calls in --data",
      })
      .option("log-level", {
        choices: ["debug", "info", "warn", "error"],
        default: "info",
        describe: "JSON lines on standard error; debug has one for each call",
      })
      .option("quiet", { type: "boolean", default: false, describe: "Say nothing but errors" })
      .example("$0 serve", "on ThingsBoard's ports, demo users and devices, nothing kept")
      .example(
        "$0 serve --data ./data --host 0.0.0.0",
        "users and devices kept, reachable from outside",
      ) as unknown as Argv<ServeArguments>,
  handler: async (args) => {
    const server = await startServer({
      host: args.host,
      httpPort: args.httpPort,
      mqttPort: args.mqttPort,
      dialect: args.dialect,
      submitStrategy: args.strategy,
      quirks: [...args.quirk],
      journal: args.journal,
      shutdownGraceMs: process.send === undefined ? SHUTDOWN_GRACE_MS : 0,
      ...(args.data === undefined ? {} : { dataFolder: args.data }),
      ...(args.minTimeout === undefined ? {} : { minTimeoutMs: args.minTimeout }),
      logger: pino({ level: args.quiet ? "error" : args.logLevel }, pino.destination({ dest: 2, sync: true })),
    });
    let closing = false;
    const close = async (): Promise<void> => {
      if (closing) return;
      closing = true;
      await server.close();
      if (process.connected) process.disconnect();
    };
    process.once("SIGINT", close);
    process.once("SIGTERM", close);
    if (process.send === undefined) {
      if (!args.quiet) process.stdout.write(greeting(server.httpUrl, server.mqttPort, args.dialect));
      return;
    }
    process.send({ kind: "ready", httpUrl: server.httpUrl, mqttPort: server.mqttPort });
    process.on("message", (request: ServeRequest) => {
      if (request === "totals") process.send?.({ kind: "totals", totals: server.totals() });
      else close();
    });
    process.once("disconnect", close);
  },
};

function greeting(httpUrl: string, mqttPort: number, dialect: DialectName): string {
  const { username, password } = demoTenant(dialect);
  return `REST ${httpUrl}\nMQTT port ${mqttPort}\nlog in as ${username} / ${password}; Ctrl-C stops\n`;
}
