import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { DIALECTS } from "../../protocol/dialect.ts";
import { startServer } from "../server.ts";
import { type LiveServer, startLiveServer } from "../testing/live-server.ts";
import { RawDevice } from "../testing/raw-device.ts";
import type { DeviceConnection } from "../transport/device-publish.ts";
import { UNLIMITED } from "../transport/message-limits.ts";
import { ClientRpc } from "./client-rpc.ts";
import { ClientRpcReader } from "./client-rpc-reader.ts";

const LIMITS = { messages: null, telemetryMessages: null, telemetryDataPoints: null };

async function connected(live: LiveServer, version: 4 | 5 = 4): Promise<RawDevice> {
  const device = new RawDevice(live.server.mqttPort, version);
  expect(await device.connect({ username: "A1_TEST_TOKEN" })).toBe(0);
  onTestFinished(() => void device.socket.destroy());
  return device;
}

async function answer(device: RawDevice): Promise<[string, string]> {
  const { topic, payload } = await device.next("publish");
  return [topic, payload.toString()];
}

/** The path of a module of this text. */
async function moduleFile(source: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "rpcfleet-handlers-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, "handlers.ts");
  await writeFile(path, source);
  return path;
}

describe("a device's own calls over MQTT", () => {
  let live: LiveServer;
  beforeAll(async () => {
    live = await startLiveServer({ clientRpcTimeoutMs: 50 });
  });
  afterAll(() => live.server.close());

  test.each([
    ["v1/devices/me/rpc/request/7", "v1/devices/me/rpc/response/7"],
    ["v2/r/req/7", "v2/r/res/7"],
    ["v2/r/req/j/7", "v2/r/res/j/7"],
  ])("%s is answered on %s, unsubscribed as it is, after the PUBACK", async (topic, answerTopic) => {
    const device = await connected(live);
    const order: string[] = [];
    const both = [device.next("puback"), device.next("publish")].map((packet) =>
      packet.then(({ cmd }) => order.push(cmd)),
    );
    const payload = '{"method":"echo","params":{"zone":2}}';
    device.send({ cmd: "publish", topic, payload, qos: 1, messageId: 7, dup: false, retain: false });
    await Promise.all(both);
    expect(order).toEqual(["puback", "publish"]);
    await device.publish(topic, '{"method":"echo"}');
    expect(await answer(device)).toEqual([answerTopic, "null"]);
  });

  test("nobody answers: a timeout; a device that leaves hears nothing more", async () => {
    const device = await connected(live);
    await device.publish("v1/devices/me/rpc/request/8", '{"method":"nextWindow","params":{}}');
    expect(await answer(device)).toEqual(["v1/devices/me/rpc/response/8", '{"error":"timeout"}']);
    await device.publish("v1/devices/me/rpc/request/9", '{"method":"nextWindow"}');
    device.socket.destroy();
    await device.closed;
    expect(device.unread("publish")).toBe(0);
  });

  test("getSessionLimits is answered at once, on the v1 topic only", async () => {
    const device = await connected(live);
    await device.publish("v1/devices/me/rpc/request/1", '{"method":"getSessionLimits","params":{"timeout":5000}}');
    const [topic, limits] = await answer(device);
    expect(topic).toBe("v1/devices/me/rpc/response/1");
    expect(JSON.parse(limits)).toEqual({ maxPayloadSize: 65_536, maxInflightMessages: 100, rateLimits: LIMITS });
    await device.publish("v2/r/req/j/1", '{"method":"getSessionLimits","params":{}}');
    expect(await answer(device)).toEqual(["v2/r/res/j/1", '{"error":"timeout"}']);
  });

  test.each([
    ["v1/devices/me/rpc/request/7", '{"method":', 0x99, undefined],
    ["v1/devices/me/rpc/request/7", "[1]", 0x99, undefined],
    ["v1/devices/me/rpc/request/7", '{"params":1}', undefined, 0x8b],
    ["v1/devices/me/rpc/request/7", '{"method":{}}', undefined, 0x8b],
    ["v1/devices/me/rpc/request/abc", '{"method":"echo"}', undefined, 0x8b],
    ["v2/r/req/j/abc", '{"method":"echo"}', undefined, 0x8b],
  ])("%s %s: MQTT 5 PUBACK %s, DISCONNECT %s; 3.1.1 is closed", async (topic, payload, puback, disconnect) => {
    const packet = { cmd: "publish", topic, payload, qos: 1, messageId: 7, dup: false, retain: false } as const;
    const five = await connected(live, 5);
    five.send(packet);
    if (puback !== undefined) expect((await five.next("puback")).reasonCode).toBe(puback);
    if (disconnect !== undefined) {
      expect((await five.next("disconnect")).reasonCode).toBe(disconnect);
      await five.closed;
    }
    const three = await connected(live, 4);
    three.send(packet);
    await three.closed;
    expect(three.unread("puback")).toBe(0);
  });
});

test("in Tempus a call that no rule reads is an error on the topic errors; v2 topics do not exist", async () => {
  const live = await startLiveServer({ dialect: "tempus" });
  onTestFinished(() => live.server.close());
  const device = await connected(live);
  await device.publish("v1/devices/me/rpc/request/1", '{"method":"nextWindow","params":{}}');
  expect(await answer(device)).toEqual(["errors", '{"error":"No rules that match current message!"}']);
  await device.publish("v1/devices/me/rpc/request/2", '{"method":"getTime","params":{}}');
  const [topic, time] = await answer(device);
  expect(topic).toBe("v1/devices/me/rpc/response/2");
  expect(JSON.parse(time).time).toBeTypeOf("number");
  const packet = { cmd: "publish", topic: "v2/r/req/1", payload: '{"method":"getTime"}', qos: 0 } as const;
  device.send({ ...packet, dup: false, retain: false });
  await device.closed;
});

test("a connection that ends takes its open calls with it, and nobody else's", () => {
  const dialect = DIALECTS["tb-v2"];
  const clientRpc = new ClientRpc({ handlers: {}, timeoutMs: 60_000, dialect, logger: pino({ level: "silent" }) });
  const reader = new ClientRpcReader({ clientRpc, dialect, sessionLimits: () => ({}) });
  const [leaving, staying] = ["a", "b"].map((device) => ({
    device,
    meter: UNLIMITED,
    takesNotices: false,
    publish: () => {},
  }));
  const publication = { topic: "v1/devices/me/rpc/request/1", payload: '{"method":"nobody"}' };
  for (const connection of [leaving, leaving, staying]) {
    expect(reader.read(connection as DeviceConnection, publication)).toBe("accepted");
  }
  expect(reader.read(staying as DeviceConnection, { ...publication, topic: "v1/devices/me/telemetry" })).toBe(
    undefined,
  );
  expect(clientRpc.pending).toBe(3);
  reader.ended(leaving as DeviceConnection);
  expect(clientRpc.pending).toBe(1);
  clientRpc.close();
});

describe("the user's handlers", () => {
  test("answer, and win over the built-in ones", async () => {
    const handlersFile = await moduleFile(`
      interface Window { readonly start: string; readonly zone: number }
      export const handlers = {
        nextWindow: async ({ zone }: { zone: number }): Promise<Window> => ({ start: "06:30", zone }),
        echo: () => "mine",
      };`);
    const live = await startLiveServer({ handlersFile });
    onTestFinished(() => live.server.close());
    const send = async (body: string): Promise<string> =>
      (await live.send("/api/v1/A1_TEST_TOKEN/rpc", { method: "POST", body })).body;
    expect(await send('{"method":"nextWindow","params":{"zone":2}}')).toBe('{"start":"06:30","zone":2}');
    expect(await send('{"method":"echo","params":1}')).toBe('"mine"');
    expect(JSON.parse(await send('{"method":"getTime","params":1}'))).toHaveProperty("time");
  });

  test.each([
    ["export const other = 1;", /its exports: other/],
    ["export const handlers = { a: 1, b: () => 1 };", /not a function: a$/],
    ["throw new Error('broken');", /broken/],
  ])("%s is named as unusable, and nothing starts", async (source, problem) => {
    const handlersFile = await moduleFile(source);
    const start = startServer({ httpPort: 0, mqttPort: 0, handlersFile });
    await expect(start).rejects.toThrow(problem);
    await expect(start).rejects.toThrow(/option handlersFile/);
  });

  test("a file that is not there is named", async () => {
    await expect(startServer({ handlersFile: "/nowhere/handlers.ts" })).rejects.toThrow("/nowhere/handlers.ts");
  });
});
