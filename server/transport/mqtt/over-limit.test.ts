/** Message limits over MQTT: contract 6.1, 6.3, 6.5, 7.2, S20. */
import { connectAsync } from "mqtt";
import { describe, expect, onTestFinished, test } from "vitest";
import { responseTopic } from "../../../protocol/topic.ts";
import type { ServerOptions } from "../../options.ts";
import { type LiveServer, startLiveServer } from "../../testing/live-server.ts";
import { RawDevice, subscribedDevice, type Version } from "../../testing/raw-device.ts";

/** Fills again so slowly that no test sees it. */
const only = (messages: number): string => `${messages}:1000000`;
const PUBLISH = { cmd: "publish", qos: 1, messageId: 7, dup: false, retain: false } as const;
const TELEMETRY = { ...PUBLISH, topic: "v1/devices/me/telemetry", payload: '{"t":1}' } as const;
const ECHO = { ...PUBLISH, topic: "v1/devices/me/rpc/request/1", payload: '{"method":"echo","params":1}' } as const;
const RPC = "v1/devices/me/rpc/request/+";

async function start(options: ServerOptions): Promise<LiveServer> {
  const live = await startLiveServer(options);
  onTestFinished(() => live.server.close());
  return live;
}

function socket(live: LiveServer, version: Version = 4): RawDevice {
  return new RawDevice(live.server.mqttPort, version);
}

async function connected(live: LiveServer, version: Version = 4): Promise<RawDevice> {
  const device = socket(live, version);
  expect(await device.connect({ username: "A1_TEST_TOKEN" })).toBe(0);
  return device;
}

async function call(live: LiveServer, fields: object = {}): Promise<{ status: number; body: string }> {
  const id = await live.deviceId("Test Device A1");
  const body = JSON.stringify({ method: "m", timeout: 50, ...fields });
  return await live.send(`/api/rpc/twoway/${id}`, { method: "POST", token: live.admin, body });
}

/** The connection ends with what its version says to a message too many, and without an acknowledgement. */
async function expectRefused(device: RawDevice, version: Version): Promise<void> {
  if (version === 5) expect((await device.next("disconnect")).reasonCode).toBe(0x83);
  await device.closed;
  expect(device.unread("puback")).toBe(0);
}

describe("CONNECT", () => {
  test.each([
    [3, 3],
    [4, 3],
    [5, 0x9f],
  ] as const)("MQTT version %s: CONNACK %s, and the device's other connection stays", async (version, code) => {
    const live = await start({ deviceMessageLimits: only(1) });
    const first = await connected(live);
    const second = socket(live, version);
    expect(await second.connect({ username: "A1_TEST_TOKEN" })).toBe(code);
    if (version === 5) expect((await second.next("disconnect")).reasonCode).toBe(0x96);
    await second.closed;
    first.send({ cmd: "pingreq" });
    await first.next("pingresp");
    expect(await socket(live).connect({ username: "A2_TEST_TOKEN" })).toBe(0);
  });

  test("a wrong token costs nothing, and is told first", async () => {
    const live = await start({ tenantMessageLimits: only(1) });
    expect(await socket(live).connect({ username: "no such token" })).toBe(5);
    await connected(live);
    expect(await socket(live).connect({ username: "no such token" })).toBe(5);
    expect(await socket(live).connect({ username: "A2_TEST_TOKEN" })).toBe(3);
  });
});

test.each([4, 5] as const)("SUBSCRIBE is granted, and no request comes (version %s)", async (version) => {
  const live = await start({ deviceMessageLimits: only(1) });
  const device = await connected(live, version);
  expect(await device.subscribe([RPC], 1)).toEqual([1]);
  expect((await call(live)).status).toBe(504);
  expect(device.unread("publish")).toBe(0);
});

test.each([
  [4, 0],
  [4, 1],
  [5, 0],
  [5, 1],
] as const)("a reply closes the connection and is no answer (version %s, QoS %s)", async (version, qos) => {
  // CONNECT, SUBSCRIBE, and that the request was delivered.
  const live = await start({ deviceMessageLimits: only(3) });
  const device = await subscribedDevice(live.server.mqttPort, "A1_TEST_TOKEN", 0, version);
  const waiting = call(live, { timeout: 300 });
  await device.next("publish");
  device.send({ ...PUBLISH, qos, topic: responseTopic(0), payload: "1" });
  await expectRefused(device, version);
  expect((await waiting).status).toBe(504);
});

test.each([
  [4, "v1/devices/me/telemetry"],
  [5, "v1/devices/me/telemetry"],
  [4, "v2/a/j"],
  [5, "v1/devices/me/attributes"],
] as const)("version %s: one on %s too many; it is counted apart", async (version, topic) => {
  const live = await start({ deviceMessageLimits: only(2) });
  const device = await connected(live, version);
  for (let i = 0; i < 2; i++) await device.publish(topic, '{"a":1}');
  await device.publish(ECHO.topic, ECHO.payload);
  device.send({ ...TELEMETRY, topic });
  await expectRefused(device, version);
});

test("what cannot be read costs nothing", async () => {
  const live = await start({ deviceMessageLimits: only(1) });
  const device = await connected(live, 5);
  device.send({ ...TELEMETRY, payload: '{"t":' });
  expect((await device.next("puback")).reasonCode).toBe(0x99);
  await device.publish(TELEMETRY.topic, TELEMETRY.payload);
});

test.each([4, 5] as const)("a device's own call closes the connection (version %s)", async (version) => {
  const live = await start({ deviceMessageLimits: only(2) });
  const device = await connected(live, version);
  await device.publish(ECHO.topic, ECHO.payload);
  await device.next("publish");
  device.send(ECHO);
  await expectRefused(device, version);
  expect(device.unread("publish")).toBe(0);
});

test.each([
  ["SENT", 2, "QUEUED"],
  ["DELIVERED", 3, "SENT"],
] as const)(
  "%s is lost after %s messages: the call stays %s, and the connection stays",
  async (_, messages, status) => {
    const live = await start({ deviceMessageLimits: only(messages) });
    const device = await subscribedDevice(live.server.mqttPort, "A1_TEST_TOKEN");
    const { rpcId } = JSON.parse((await call(live, { persistent: true, timeout: 60_000 })).body);
    const { messageId } = await device.next("publish");
    device.send({ cmd: "puback", messageId: messageId as number });
    device.send({ cmd: "pingreq" });
    await device.next("pingresp");
    const row = await live.send(`/api/rpc/persistent/${rpcId}`, { token: live.admin });
    expect(JSON.parse(row.body).status).toBe(status);
  },
);

test("getSessionLimits tells them, costs nothing, and is the same for MQTT.js", async () => {
  const live = await start({ deviceMessageLimits: "2:1000000,60:2000000" });
  const { mqttPort: port } = live.server;
  const client = await connectAsync({ host: "127.0.0.1", port, username: "A1_TEST_TOKEN", reconnectPeriod: 0 });
  onTestFinished(() => client.endAsync());
  const ask = async (): Promise<unknown> => {
    const answer = new Promise<string>((resolve) => client.once("message", (_, payload) => resolve(`${payload}`)));
    await client.publishAsync("v1/devices/me/rpc/request/1", '{"method":"getSessionLimits"}', { qos: 1 });
    return JSON.parse(await answer).rateLimits;
  };
  const limits = "2:1000000,60:2000000";
  const expected = { messages: limits, telemetryMessages: limits, telemetryDataPoints: null };
  for (let i = 0; i < 3; i++) expect(await ask()).toEqual(expected);
});
