/** Clients that no one here wrote: MQTT.js in every version over TCP, TLS and WebSocket; mosquitto's tools (contract 6.1). */
import { execFile, execFileSync, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { connectAsync, type IClientOptions, type MqttClient } from "mqtt";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { startBareMqtt } from "../../testing/bare-mqtt.ts";
import { type LiveServer, startLiveServer } from "../../testing/live-server.ts";
import type { PublishReader } from "../device-publish.ts";

const RPC = "v1/devices/me/rpc/request/+";
const VERSIONS = [3, 4, 5] as const;
const folder = mkdtempSync(join(tmpdir(), "rpcfleet-tls-"));

interface KeyPair {
  readonly key: string;
  readonly cert: string;
}

function selfSigned(name: string): KeyPair {
  const [key, cert] = [join(folder, `${name}-key.pem`), join(folder, `${name}.pem`)];
  const made = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-keyout", key, "-out", cert];
  const subject = ["-subj", `/CN=${name}`, "-addext", "subjectAltName=IP:127.0.0.1"];
  execFileSync("openssl", [...made, ...subject], { stdio: "pipe" });
  return { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
}

let live: LiveServer;
let id: string;
let own: KeyPair;
const url = { tcp: "", tls: "", ws: "" };
const call = (device = id) =>
  live.send(`/api/rpc/twoway/${device}`, {
    method: "POST",
    token: live.admin,
    body: '{"method":"m","params":{"a":1}}',
  });

beforeAll(async () => {
  own = selfSigned("server");
  live = await startLiveServer({
    mqttsPort: 0,
    mqttWsPort: 0,
    tlsKeyFile: join(folder, "server-key.pem"),
    tlsCertFile: join(folder, "server.pem"),
    tlsCaFile: join(folder, "server.pem"),
  });
  id = await live.deviceId("Test Device A1");
  const { mqttPort, mqttsPort, mqttWsPort } = live.server;
  Object.assign(url, {
    tcp: `mqtt://127.0.0.1:${mqttPort}`,
    tls: `mqtts://127.0.0.1:${mqttsPort}`,
    ws: `ws://127.0.0.1:${mqttWsPort}/mqtt`,
  });
});
afterAll(async () => {
  await live.server.close();
  rmSync(folder, { recursive: true });
});

const connect = (transport: keyof typeof url, options: IClientOptions): Promise<MqttClient> =>
  connectAsync(url[transport], { username: "A1_TEST_TOKEN", reconnectPeriod: 0, ca: own.cert, ...options });

/** Answers requests with their own payload. */
const echo = async (client: MqttClient): Promise<void> => {
  await client.subscribeAsync(RPC, { qos: 1 });
  client.on("message", (topic, payload) => client.publish(topic.replace("request", "response"), payload, { qos: 1 }));
};

describe.each(["tcp", "tls", "ws"] as const)("MQTT.js over %s", (transport) => {
  test.each(VERSIONS)(
    "version %i: a request, its reply, telemetry at every QoS, and leaving",
    async (protocolVersion) => {
      const protocolId = protocolVersion === 3 ? "MQIsdp" : "MQTT";
      const client = await connect(transport, { protocolVersion, protocolId, clientId: "boiler-7" });
      await echo(client);
      expect(await call()).toMatchObject({ status: 200, body: '{"method":"m","params":{"a":1}}' });
      for (const qos of [0, 1, 2] as const) await client.publishAsync("v1/devices/me/telemetry", '{"t":1}', { qos });
      await client.unsubscribeAsync(RPC);
      await client.endAsync();
      await expect.poll(() => live.server.totals().sessions).toBe(0);
    },
  );

  test.each([
    [4, 5],
    [5, 0x86],
  ] as const)("version %i: a wrong token is refused with %i", async (protocolVersion, code) => {
    const refused = connect(transport, { protocolVersion, username: "nobody" });
    await expect(refused).rejects.toMatchObject({ code });
  });

  test("version 5: an error code in a PUBACK or SUBACK reaches the client", async () => {
    const client = await connect(transport, { protocolVersion: 5 });
    await expect(client.publishAsync("no/such/topic", "{}", { qos: 1 })).rejects.toMatchObject({ code: 0x90 });
    await expect(client.publishAsync("v1/devices/me/attributes", '{"a":', { qos: 1 })).rejects.toMatchObject({
      code: 0x99,
    });
    await expect(client.subscribeAsync("#")).rejects.toThrow("Topic Filter invalid");
    await echo(client);
    expect((await call()).status).toBe(200);
    await client.endAsync();
  });
});

describe("certificates", () => {
  test("a device is found by the hash of its certificate, whoever signed it, and an unknown one is refused", async () => {
    const [known, unknown] = [selfSigned("known"), selfSigned("unknown")];
    const device = await live.deviceId("Test Device B1");
    const credentials = await live.send(`/api/device/${device}/credentials`, { token: live.admin });
    const written = {
      ...(JSON.parse(credentials.body) as object),
      credentialsType: "X509_CERTIFICATE",
      credentialsId: null,
      credentialsValue: known.cert,
    };
    const saved = await live.send("/api/device/credentials", {
      method: "POST",
      token: live.admin,
      headers: { "content-type": "application/json" },
      body: JSON.stringify(written),
    });
    const sha3 = createHash("sha3-256")
      .update(known.cert.replace(/-----.*-----|\s/g, ""))
      .digest("hex");
    expect(JSON.parse(saved.body)).toMatchObject({ credentialsId: sha3 });
    for (const protocolVersion of [4, 5] as const) {
      const client = await connectAsync(url.tls, { ca: own.cert, ...known, protocolVersion, reconnectPeriod: 0 });
      await echo(client);
      expect((await call(device)).status).toBe(200);
      await client.endAsync();
      const refused = connect("tls", { ...unknown, protocolVersion });
      await expect(refused).rejects.toMatchObject({ code: protocolVersion === 5 ? 0x87 : 5 });
    }
  });
});

describe("a WebSocket", () => {
  test.each([
    ["another subprotocol", ["amqp"]],
    ["no subprotocol", []],
  ])("with %s is refused", async (_name, offered) => {
    const socket = new WebSocket(url.ws, offered);
    const error = await new Promise<Error>((resolve) => socket.once("error", resolve));
    expect(error.message).toContain("400");
  });
});

const missing = ["mosquitto_sub", "mosquitto_pub", "mosquitto_rr"].filter(
  (tool) => spawnSync(tool, ["--help"]).error !== undefined,
);
if (missing.length > 0 && process.env.CI === "true") throw new Error(`these tests need ${missing.join(", ")}`);

describe.runIf(missing.length === 0)("mosquitto", () => {
  const run = (tool: string, args: readonly string[]): Promise<{ code: number; out: string }> =>
    new Promise((resolve) => {
      execFile(tool, args, { timeout: 10_000 }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code ?? -1), out: stdout + stderr }),
      );
    });
  const access = (version: string, secure: boolean): string[] => [
    ...["-h", "127.0.0.1", "-V", version, "-u", "A1_TEST_TOKEN", "-q", "1"],
    ...["-p", String(secure ? live.server.mqttsPort : live.server.mqttPort)],
    ...(secure ? ["--cafile", join(folder, "server.pem")] : []),
  ];

  test.each([
    ["mqttv31", false],
    ["311", false],
    ["5", false],
    ["311", true],
    ["5", true],
  ])("version %s, TLS %s: mosquitto_sub gets the request, mosquitto_pub replies", async (version, secure) => {
    // The publisher takes the session over, as any second connection of a device does: the subscriber has its request by then.
    const subscriber = spawn("mosquitto_sub", [...access(version, secure), "-C", "1", "-F", "%t %p", "-t", RPC]);
    const request = new Promise<string>((resolve) =>
      createInterface({ input: subscriber.stdout }).once("line", resolve),
    );
    const waiting = call();
    const [topic = "", payload = ""] = (await request).split(" ");
    const replied = await run("mosquitto_pub", [
      ...[...access(version, secure), "-t", topic.replace("request", "response")],
      ...["-m", `{"got":${payload}}`],
    ]);
    expect(replied).toMatchObject({ code: 0 });
    expect(await waiting).toMatchObject({ status: 200, body: '{"got":{"method":"m","params":{"a":1}}}' });
    subscriber.kill();
  });

  test.each(["311", "5"])("version %s: mosquitto_rr gets the answer to its request", async (version) => {
    const answers: PublishReader = {
      read(connection, { payload }) {
        connection.publish("v1/gateway/attributes/response", `{"got":${payload}}`);
        return "accepted";
      },
      ended: () => {},
    };
    const bare = await startBareMqtt({ readers: [answers] });
    const topics = ["-t", "v1/gateway/attributes/request", "-e", "v1/gateway/attributes/response"];
    const to = ["-h", "127.0.0.1", "-p", String(bare.port), "-u", "D", "-V", version, "-q", "1", "-W", "5"];
    expect(await run("mosquitto_rr", [...to, ...topics, "-m", '{"id":1}'])).toEqual({
      code: 0,
      out: '{"got":{"id":1}}\n',
    });
    await bare.transport.close();
  });

  test.each([
    ["311", "not authorised"],
    ["5", "Bad User Name or Password"],
  ])("version %s: a wrong token is refused", async (version, words) => {
    const wrong = access(version, false).map((word) => (word === "A1_TEST_TOKEN" ? "nobody" : word));
    const { code, out } = await run("mosquitto_pub", [...wrong, "-t", "v1/devices/me/telemetry", "-m", "{}"]);
    expect(code).not.toBe(0);
    expect(out.toLowerCase()).toContain(words.toLowerCase());
  });
});
