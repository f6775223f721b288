/** The flags of `serve`. */
import type { Argv } from "yargs";
import { DIALECT_NAMES, type DialectName } from "../protocol/dialect.ts";
import { QUIRK_NAMES, QUIRKS, type Quirk } from "../protocol/requester/quirk.ts";
import { SUBMIT_STRATEGIES, type SubmitStrategy } from "../protocol/requester/requester-io.ts";

export interface ServeArguments {
  host: string;
  httpPort: number;
  mqttPort: number;
  coapPort: number;
  mqttsPort: number | undefined;
  mqttWsPort: number | undefined;
  tlsKey: string | undefined;
  tlsCert: string | undefined;
  tlsCa: string | undefined;
  data: string | undefined;
  dialect: DialectName;
  minTimeout: number | undefined;
  strategy: SubmitStrategy;
  quirk: readonly Quirk[];
  handlers: string | undefined;
  tenantLimits: string | undefined;
  customerLimits: string | undefined;
  tenantMessageLimits: string | undefined;
  deviceMessageLimits: string | undefined;
  gatewayMessageLimits: string | undefined;
  gatewayDeviceMessageLimits: string | undefined;
  journal: boolean;
  logLevel: string;
  quiet: boolean;
}

const QUIRK_TEXT = Object.entries(QUIRKS)
  .map(([name, text]) => `${name}: ${text}`)
  .join("\n");

/** The flags in the order of the help text. */
export function withServeFlags(yargs: Argv): Argv<ServeArguments> {
  return withMessageLimitFlags(withCallFlags(withPortFlags(yargs)))
    .option("data", { type: "string", describe: "Folder to keep users, devices and calls in; without it, memory" })
    .option("journal", {
      type: "boolean",
      default: false,
      describe: "Keep every change of persistent calls in --data, not only the last",
    })
    .option("log-level", {
      choices: ["debug", "info", "warn", "error"],
      default: "info",
      describe: "JSON lines on standard error; debug has one for each call",
    })
    .option("quiet", {
      type: "boolean",
      default: false,
      describe: "Say nothing but errors",
    }) as unknown as Argv<ServeArguments>;
}

function withPortFlags(yargs: Argv): Argv {
  return yargs
    .option("host", { type: "string", default: "127.0.0.1", describe: "Address to listen on; 0.0.0.0 for all" })
    .option("http-port", { type: "number", default: 8080, describe: "REST port; 0 takes a free one" })
    .option("mqtt-port", { type: "number", default: 1883, describe: "MQTT port; 0 takes a free one" })
    .option("coap-port", { type: "number", default: 5683, describe: "CoAP port (UDP); 0 takes a free one" })
    .option("mqtts-port", { type: "number", describe: "Port of MQTT over TLS; needs --tls-key and --tls-cert" })
    .option("mqtt-ws-port", { type: "number", describe: "Port of MQTT over WebSocket" })
    .option("tls-key", { type: "string", describe: "PEM file of the server's key" })
    .option("tls-cert", { type: "string", describe: "PEM file of the server's certificate" })
    .option("tls-ca", { type: "string", describe: "PEM file of the authorities of client certificates" });
}

function withMessageLimitFlags(yargs: Argv): Argv {
  return yargs
    .option("tenant-message-limits", { type: "string", describe: "Messages of a tenant's devices, such as 1000:1" })
    .option("device-message-limits", { type: "string", describe: "Messages of a device, such as 10:1,60:60" })
    .option("gateway-message-limits", { type: "string", describe: "Messages of all devices behind a gateway" })
    .option("gateway-device-message-limits", { type: "string", describe: "A gateway's messages of its own" });
}

function withCallFlags(yargs: Argv): Argv {
  return yargs
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
      describe: `Reproduce a hazard of the original, may be given again:\n${QUIRK_TEXT}`,
    })
    .option("handlers", { type: "string", describe: "TypeScript file whose `handlers` answer what devices call" })
    .option("tenant-limits", { type: "string", describe: "REST rate limit of a tenant, such as 100:1,2000:60" })
    .option("customer-limits", { type: "string", describe: "REST rate limit of a customer" });
}
