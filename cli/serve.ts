import { pino } from "pino";
import type { CommandModule } from "yargs";
import type { DialectName } from "../protocol/dialect.ts";
import type { ServerOptions } from "../server/options.ts";
import { type RunningServer, startServer } from "../server/server.ts";
import { demoTenant } from "./run/prepare-fleet.ts";
import { type ServeArguments, withServeFlags } from "./serve-arguments.ts";

/** A server of its own lets callers have their answers at Ctrl-C; one of a run has nobody to wait for. */
const SHUTDOWN_GRACE_MS = 5_000;

/** From the parent process, when `run` started this server. */
type ServeRequest = "totals" | "close" | { readonly ledger: string };

export const serveCommand: CommandModule<object, ServeArguments> = {
  command: "serve",
  describe: "Run the reference RPC server until Ctrl-C",
  builder: (yargs) =>
    withServeFlags(yargs)
      .example("$0 serve", "on ThingsBoard's ports, demo users and devices, nothing kept")
      .example("$0 serve --data ./data --host 0.0.0.0", "users, devices and calls kept, reachable from outside")
      .example("$0 serve --quirk repush-delivered", "meet duplicate execution after a reconnect"),
  handler: async (args) => {
    const server = await startServer(serverOptions(args));
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
      if (!args.quiet) process.stdout.write(greeting(server, args.dialect));
      return;
    }
    const { httpUrl, mqttPort, mqttsPort, mqttWsPort, coapPort } = server;
    process.send({ kind: "ready", httpUrl, mqttPort, mqttsPort, mqttWsPort, coapPort });
    process.on("message", (request: ServeRequest) => {
      if (request === "close") close();
      else if (request === "totals") process.send?.({ kind: "totals", totals: server.totals() });
      else {
        server.writeLedger(request.ledger);
        process.send?.({ kind: "ledger" });
      }
    });
    process.once("disconnect", close);
  },
};

function serverOptions(args: ServeArguments): ServerOptions {
  const ofARun = process.send !== undefined;
  const given = {
    // The server of a run has CoAP when the run asks for a free port.
    coapPort: ofARun && args.coapPort !== 0 ? undefined : args.coapPort,
    mqttsPort: args.mqttsPort,
    mqttWsPort: args.mqttWsPort,
    tlsKeyFile: args.tlsKey,
    tlsCertFile: args.tlsCert,
    tlsCaFile: args.tlsCa,
    handlersFile: args.handlers,
    dataFolder: args.data,
    minTimeoutMs: args.minTimeout,
    tenantRestLimits: args.tenantLimits,
    customerRestLimits: args.customerLimits,
    tenantMessageLimits: args.tenantMessageLimits,
    deviceMessageLimits: args.deviceMessageLimits,
    gatewayMessageLimits: args.gatewayMessageLimits,
    gatewayDeviceMessageLimits: args.gatewayDeviceMessageLimits,
  };
  return {
    ...(Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as typeof given & object),
    host: args.host,
    httpPort: args.httpPort,
    mqttPort: args.mqttPort,
    dialect: args.dialect,
    submitStrategy: args.strategy,
    quirks: [...args.quirk],
    journal: args.journal,
    shutdownGraceMs: ofARun ? 0 : SHUTDOWN_GRACE_MS,
    logger: pino({ level: args.quiet ? "error" : args.logLevel }, pino.destination({ dest: 2, sync: true })),
  };
}

function greeting(server: RunningServer, dialect: DialectName): string {
  const { username, password } = demoTenant(dialect);
  const lines = [`REST ${server.httpUrl}`, `MQTT port ${server.mqttPort}`];
  if (server.mqttsPort !== undefined) lines.push(`MQTT over TLS port ${server.mqttsPort}`);
  if (server.mqttWsPort !== undefined) lines.push(`MQTT over WebSocket port ${server.mqttWsPort}`);
  if (server.coapPort !== undefined) lines.push(`CoAP port ${server.coapPort} (UDP)`);
  lines.push(
    `log in as ${username} / ${password}; the interface is described at ${server.httpUrl}/swagger; Ctrl-C stops`,
  );
  return `${lines.join("\n")}\n`;
}
