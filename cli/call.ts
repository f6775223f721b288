import { connectAsync } from "mqtt";
import { request } from "undici";
import type { Argv, CommandModule } from "yargs";
import { DIALECT_NAMES, DIALECTS, type DialectName } from "../protocol/dialect.ts";
import { type Json, parseJson } from "../protocol/message.ts";
import { classifyAnswer } from "../protocol/outcome.ts";
import { RPC_REQUEST_FILTER, readServerRequest, responseTopic } from "../protocol/topic.ts";
import { RestClient } from "../simulator/rest-client.ts";
import { EXIT, SetUpError, UsageError } from "./errors.ts";

interface CallArguments {
  device: string;
  method: string;
  params: string;
  target: string;
  dialect: DialectName;
  username: string;
  password: string;
  oneway: boolean;
  timeout: number | undefined;
  asDevice: string | undefined;
  mqttPort: number;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export const callCommand: CommandModule<object, CallArguments> = {
  command: "call <device> <method> [params]",
  describe: "Make one RPC call and show the answer",
  builder: (yargs) =>
    yargs
      .positional("device", { type: "string", demandOption: true, describe: "Device name or id" })
      .positional("method", { type: "string", demandOption: true, describe: "RPC method" })
      .positional("params", { type: "string", default: "{}", describe: "JSON" })
      .option("target", { type: "string", default: "http://127.0.0.1:8080", describe: "URL of the server" })
      .option("dialect", {
        choices: DIALECT_NAMES,
        default: "tb-v1" as DialectName,
        describe: "URL family and manners",
      })
      .option("username", { type: "string", default: "tenant@thingsboard.org", describe: "Who calls" })
      .option("password", { type: "string", default: "tenant", describe: "That user's password" })
      .option("oneway", { type: "boolean", default: false, describe: "Do not wait for the device's answer" })
      .option("timeout", { type: "number", describe: "Timeout, ms" })
      .option("as-device", {
        type: "string",
        describe: "Also be the device: connect with its token and answer with this JSON",
      })
      .option("mqtt-port", { type: "number", default: 1883, describe: "MQTT port, for --as-device" })
      .example("$0 call 'Test Device A1' getValue", "what does the device say")
      .example(
        '$0 call \'Test Device A1\' setGpio \'{"pin":"23","value":1}\' --as-device \'{"ok":true}\'',
        "both ends at once",
      ) as unknown as Argv<CallArguments>,
  handler: async (args) => {
    const params = parseJson(args.params);
    const answer = args.asDevice === undefined ? undefined : parseJson(args.asDevice);
    const problems: string[] = [];
    if (params === undefined) problems.push(`params: expected JSON, got "${args.params}"`);
    if (args.asDevice !== undefined && answer === undefined)
      problems.push(`--as-device: expected JSON, got "${args.asDevice}"`);
    if (problems.length > 0) throw new UsageError(problems);
    const rest = new RestClient(args.target, args.dialect);
    try {
      await rest.login(args.username, args.password);
      const device = UUID.test(args.device) ? { id: args.device, token: "" } : await rest.findDevice(args.device);
      const stop = answer === undefined ? undefined : await actAsDevice(args, device.token, answer);
      const status = await makeCall(args, { id: device.id, token: rest.token, params: params as Json });
      await stop?.();
      process.exitCode = status;
    } finally {
      await rest.close();
    }
  },
};

async function makeCall(args: CallArguments, call: { id: string; token: string; params: Json }): Promise<number> {
  const dialect = DIALECTS[args.dialect];
  const started = performance.now();
  const { statusCode, body } = await request(
    `${args.target}${dialect.rpcPath}/${args.oneway ? "oneway" : "twoway"}/${call.id}`,
    {
      method: "POST",
      headers: { "content-type": "application/json", "x-authorization": `Bearer ${call.token}` },
      body: JSON.stringify({
        method: args.method,
        params: call.params,
        ...(args.timeout === undefined ? {} : { timeout: args.timeout }),
      }),
    },
  );
  const text = await body.text();
  const outcome = classifyAnswer({ status: statusCode, body: text }, dialect);
  process.stderr.write(`${statusCode} ${outcome} after ${(performance.now() - started).toFixed(1)} ms\n`);
  if (text !== "") process.stdout.write(`${text}\n`);
  return outcome === "ok" ? EXIT.pass : EXIT.fail;
}

/** Connects as the device with MQTT.js and answers every request with `answer`. */
async function actAsDevice(args: CallArguments, token: string, answer: Json): Promise<() => Promise<void>> {
  const host = new URL(args.target).hostname;
  if (token === "") throw new SetUpError("--as-device needs the device's name: its token is looked up by it");
  const client = await connectAsync(`mqtt://${host}:${args.mqttPort}`, { username: token, reconnectPeriod: 0 }).catch(
    (error: Error) => {
      throw new SetUpError(`cannot connect as the device: ${error.message}`);
    },
  );
  client.on("message", (topic) => {
    const requestId = readServerRequest(topic);
    if (requestId !== undefined) client.publish(responseTopic(requestId), JSON.stringify(answer), { qos: 1 });
  });
  await client.subscribeAsync(RPC_REQUEST_FILTER, { qos: 1 });
  return () => client.endAsync();
}
