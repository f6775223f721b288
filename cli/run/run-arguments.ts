/** The flags that `run` and its relatives share, described once. */
import type { Argv } from "yargs";
import { DIALECT_NAMES, type DialectName } from "../../protocol/dialect.ts";

export interface RunArguments {
  scenario: string;
  engine: "native" | "k6";
  k6Bin: string | undefined;
  target: string | undefined;
  mqttPort: number;
  mqttsPort: number;
  wsPort: number | undefined;
  coapPort: number;
  ca: string | undefined;
  username: string | undefined;
  password: string | undefined;
  devicesFile: string | undefined;
  provisionKey: string | undefined;
  provisionSecret: string | undefined;
  provisionOver: "http" | "mqtt";
  dialect: DialectName | undefined;
  devices: number | undefined;
  rate: number | undefined;
  arrivals: "poisson" | "constant" | undefined;
  shape: string | undefined;
  targets: string | undefined;
  callers: number | undefined;
  think: string | undefined;
  abort: string | undefined;
  retry: string | undefined;
  pollInterval: string | undefined;
  duration: string | undefined;
  timeout: string | undefined;
  persona: string | undefined;
  latency: string | undefined;
  behaviour: string | undefined;
  transport: string | undefined;
  minTimeout: string | undefined;
  strategy: "burst" | "on_ack" | "on_response" | undefined;
  quirk: string[] | undefined;
  fault: string[] | undefined;
  reconnect: string | undefined;
  connectRate: number | undefined;
  shards: number | undefined;
  /** Only of `run`: the port of the live page as typed, empty for any; undefined: no page. */
  live?: string | undefined;
  /** Only of `run`: whether a terminal gets a dashboard. */
  dashboard?: boolean;
  /** Only of `fleet`. */
  onlyDevice: number | undefined;
  method: string | undefined;
  oneway: boolean | undefined;
  persistent: boolean | undefined;
  payloadBytes: number | undefined;
  clientRate: number | undefined;
  clientMethod: string | undefined;
  clientTimeout: string | undefined;
  telemetryRate: number | undefined;
  stall: string | undefined;
  gate: string[] | undefined;
  baseline: string | undefined;
  seed: string | undefined;
  out: string;
  json: boolean;
  quiet: boolean;
}

/** A number left out after its flag would be taken for a flag that was not given. */
const NUMBERS = [
  "mqtt-port",
  "mqtts-port",
  "ws-port",
  "coap-port",
  "devices",
  "rate",
  "callers",
  "connect-rate",
].concat(["payload-bytes", "shards", "client-rate", "telemetry-rate"]);

/**
 * A choice that is a scenario's as well has no `choices` here: the scenario's check judges it, together with all the rest, while
 * yargs would end at the first.
 */
export function withRunFlags(yargs: Argv): Argv<RunArguments> {
  const flags = withReportFlags(withCallFlags(withDeviceFlags(withWorkloadFlags(withTargetFlags(yargs)))));
  return flags.requiresArg(NUMBERS) as unknown as Argv<RunArguments>;
}

function withTargetFlags(yargs: Argv): Argv {
  return yargs
    .positional("scenario", {
      type: "string",
      default: "two-way-latency",
      describe: "A name from `rpcfleet scenarios`, or a file",
    })
    .option("engine", {
      choices: ["native", "k6"] as const,
      default: "native" as const,
      describe: "Who makes the calls",
    })
    .option("k6-bin", {
      type: "string",
      describe: "The k6 to use (else K6_BIN, PATH, the cache of npm run k6:install)",
    })
    .option("target", { type: "string", describe: "URL of a running server; without it, one is started for the run" })
    .option("mqtt-port", { type: "number", default: 1883, describe: "MQTT port of the target" })
    .option("mqtts-port", { type: "number", default: 8883, describe: "Port of MQTT over TLS of the target" })
    .option("ws-port", { type: "number", describe: "Port of MQTT over WebSocket of the target" })
    .option("coap-port", { type: "number", default: 5683, describe: "CoAP port (UDP) of the target" })
    .option("ca", { type: "string", describe: "PEM file of the authorities of the target's certificate" })
    .option("username", { type: "string", describe: "User who makes the calls [a demo tenant]" })
    .option("password", { type: "string", describe: "That user's password" })
    .option("devices-file", {
      type: "string",
      describe: "CSV of id,token or with a header of more columns: use these devices, create none",
    })
    .option("provision-key", { type: "string", describe: "Devices provision themselves with this key of a profile" })
    .option("provision-secret", { type: "string", describe: "The secret that belongs to it" })
    .option("provision-over", {
      choices: ["http", "mqtt"] as const,
      default: "http" as const,
      describe: "How they ask for it",
    });
}

function withWorkloadFlags(yargs: Argv): Argv {
  return yargs
    .option("dialect", { type: "string", describe: `Manners of the server: ${DIALECT_NAMES.join(", ")}` })
    .option("devices", { type: "number", describe: "How many virtual devices" })
    .option("rate", { type: "number", describe: "Calls per second (open workload)" })
    .option("arrivals", { type: "string", describe: "How intended starts are spaced: poisson or constant" })
    .option("shape", {
      type: "string",
      describe: 'A rate that changes: "ramp(from=10, to=500)", steps, burst, sine, or "trace(file=starts.csv)"',
    })
    .option("targets", {
      type: "string",
      describe: 'Which devices are called: uniform, "zipf(s=1.1)", roundrobin, "list(0, 7)", "first(100)"',
    })
    .option("callers", { type: "number", describe: "A closed workload of so many callers instead" })
    .option("think", {
      type: "string",
      describe: 'How long those callers wait between calls: a latency such as "exponential(mean=1s)"',
    })
    .option("abort", { type: "string", describe: 'Calls their caller gives up, such as "abort(p=1%, after=200ms)"' })
    .option("retry", {
      type: "string",
      describe: 'Calls their caller repeats, such as "retry(on=timeout, attempts=2)"',
    })
    .option("poll-interval", {
      type: "string",
      describe: "How often the record of a persistent call is asked for [50ms]",
    })
    .option("duration", { type: "string", describe: "How long calls are started, such as 20s" })
    .option("timeout", { type: "string", describe: "Timeout of a call, such as 5s" });
}

function withDeviceFlags(yargs: Argv): Argv {
  return yargs
    .option("persona", { type: "string", describe: "What kind of devices they are; see `rpcfleet personas`" })
    .option("behaviour", { type: "string", describe: "A TypeScript file that exports behaviour: your own answers" })
    .option("latency", {
      type: "string",
      describe: 'How long devices take, such as "constant(50ms)"; dist list has all',
    })
    .option("transport", {
      type: "string",
      describe:
        'How devices speak to the server: mqtt, "mqtt(version=5)", mqtts, ws, http, coap, "gateway(children=50)"',
    })
    .option("fault", {
      type: "string",
      array: true,
      nargs: 1,
      describe: 'A fault of the devices, such as "drop(p=1%)"; may be repeated',
    })
    .option("reconnect", {
      type: "string",
      describe: "When devices come back: none, fixed(1s), exponential(first=1s, cap=1m), jitter(first=1s, cap=1m)",
    })
    .option("connect-rate", { type: "number", describe: "Connections that devices begin in a second, at most" })
    .option("shards", {
      type: "number",
      describe: "Threads that hold the devices [one for 10,000, at most the cores]",
    });
}

function withCallFlags(yargs: Argv): Argv {
  return yargs
    .option("method", { type: "string", describe: "RPC method" })
    .option("oneway", { type: "boolean", describe: "One-way calls" })
    .option("persistent", {
      type: "boolean",
      describe: "Persistent calls, whose record is asked for until it is final",
    })
    .option("payload-bytes", { type: "number", describe: "Size of a request's body; params are filled up to it" })
    .option("client-rate", {
      type: "number",
      describe: "Calls per second that the devices make themselves, all together",
    })
    .option("client-method", { type: "string", describe: "Their method [getCurrentTime]" })
    .option("client-timeout", { type: "string", describe: "How long a device waits for its answer [10s]" })
    .option("min-timeout", { type: "string", describe: "Shortest timeout the run's own server grants, such as 300ms" })
    .option("strategy", {
      type: "string",
      describe: "When the run's own server hands a device its next request: burst, on_ack or on_response",
    })
    .option("quirk", {
      type: "string",
      array: true,
      nargs: 1,
      describe: "A hazard of the original, switched on in the run's own server; may be repeated",
    })
    .option("telemetry-rate", {
      type: "number",
      describe: "Measurements per second that the devices send, all together",
    })
    .option("stall", { type: "string", describe: "Pause the embedded server: <for>@<at>, such as 1s@5s" });
}

function withReportFlags(yargs: Argv): Argv {
  return yargs
    .option("gate", {
      type: "string",
      array: true,
      nargs: 1,
      describe: 'A gate, such as "p99(rtt) < 250ms"; may be repeated',
    })
    .option("baseline", {
      type: "string",
      describe: 'A run, or a file of `baseline save`, for gates such as "p99(rtt) <= 1.10 * baseline"',
    })
    .option("seed", { type: "string", describe: "Same seed, same plan and same device delays [drawn and printed]" })
    .option("out", { type: "string", default: "runs", describe: "Folder for run directories" })
    .option("json", {
      type: "boolean",
      default: false,
      describe: "Print summary.json on standard output, nothing else there",
    })
    .option("quiet", { type: "boolean", default: false, describe: "No progress" });
}
