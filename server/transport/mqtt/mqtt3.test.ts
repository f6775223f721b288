import { generate } from "mqtt-packet";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LiveServer, startLiveServer } from "../../testing/live-server.ts";
import { RawDevice, subscribedDevice } from "../../testing/raw-device.ts";

const RPC = "v1/devices/me/rpc/request/+";
const GRANTED_FILTERS = [
  RPC,
  "v1/devices/me/rpc/response/+",
  "v1/devices/me/attributes",
  "v1/devices/me/attributes/response/+",
];
const REFUSED = 0x80;

let live: LiveServer;
let port: number;
let id: string;
const call = (type: "oneway" | "twoway", device: string, timeout = 5_000, method = "m") =>
  live.send(`/api/rpc/${type}/${device}`, {
    method: "POST",
    token: live.admin,
    body: JSON.stringify({ method, timeout }),
  });

beforeAll(async () => {
  live = await startLiveServer();
  port = live.server.mqttPort;
  id = await live.deviceId("Test Device A1");
});
afterAll(() => live.server.close());

describe("connecting", () => {
  test.each([
    ["a token", { username: "A2_TEST_TOKEN" }, 0],
    ["a token and any password", { username: "A2_TEST_TOKEN", password: Buffer.from("x") }, 0],
    ["a token in MQTT 3.1", { username: "A2_TEST_TOKEN", protocolId: "MQIsdp", protocolVersion: 3, clientId: "a" }, 0],
    ["a token and no client id", { username: "A2_TEST_TOKEN", clientId: "" }, 0],
    ["a token and a long client id", { username: "A2_TEST_TOKEN", clientId: "x".repeat(200) }, 0],
    ["a wrong token", { username: "nobody" }, 5],
    ["an empty username", { username: "" }, 5],
    ["only a client id", { clientId: "boiler" }, 2],
    ["nothing", { clientId: "" }, 5],
  ] as const)("%s: CONNACK %#", async (_name, fields, code) => {
    const device = new RawDevice(port);
    expect(await device.connect(fields)).toBe(code);
    if (code === 0) device.socket.destroy();
    await device.closed;
  });

  test("in MQTT 3.1 a client id of more than 23 characters closes without CONNACK", async () => {
    const device = new RawDevice(port);
    const long = {
      protocolId: "MQIsdp",
      protocolVersion: 3,
      clientId: "x".repeat(24),
      username: "A2_TEST_TOKEN",
    } as const;
    device.send({ cmd: "connect", clean: true, ...long });
    await device.closed;
    expect(device.unread("connack")).toBe(0);
  });

  test("Tempus answers an empty username with 4 and closes on an unknown topic", async () => {
    const tempus = await startLiveServer({ dialect: "tempus" });
    const nobody = new RawDevice(tempus.server.mqttPort);
    expect(await nobody.connect({ username: "" })).toBe(4);
    expect(await new RawDevice(tempus.server.mqttPort).connect({ username: "nobody" })).toBe(5);
    const device = await subscribedDevice(tempus.server.mqttPort, "A1_TEST_TOKEN");
    device.send({ cmd: "publish", topic: "some/topic", payload: "x", qos: 0, dup: false, retain: false });
    await device.closed;
    await tempus.server.close();
  });

  test.each([true, false])("with clean session %s, session-present says the opposite", async (clean) => {
    const device = new RawDevice(port);
    const given = { username: "A2_TEST_TOKEN", clientId: "kept", clean };
    expect(await device.connack(given)).toMatchObject({ returnCode: 0, sessionPresent: !clean });
    expect(await device.subscribe([RPC], 1)).toEqual([1]);
    device.socket.destroy();
    const refused = await new RawDevice(port).connack({ username: "nobody", clean });
    expect(refused).toMatchObject({ returnCode: 5, sessionPresent: !clean });
  });

  test("in Tempus session-present is always 1, on failure too", async () => {
    const tempus = await startLiveServer({ dialect: "tempus" });
    for (const [username, returnCode] of [
      ["A1_TEST_TOKEN", 0],
      ["nobody", 5],
    ] as const) {
      const connack = await new RawDevice(tempus.server.mqttPort).connack({ username });
      expect(connack).toMatchObject({ returnCode, sessionPresent: true });
    }
    await tempus.server.close();
  });

  test("100 packets behind CONNECT wait for the CONNACK, one more closes", async () => {
    const connect = generate({
      cmd: "connect",
      protocolVersion: 4,
      clean: true,
      clientId: "x",
      username: "A2_TEST_TOKEN",
    });
    const patient = new RawDevice(port);
    patient.socket.write(Buffer.concat([connect, Buffer.from("c000".repeat(100), "hex")]));
    for (let i = 0; i < 100; i++) await patient.next("pingresp");
    const hasty = new RawDevice(port);
    hasty.socket.write(Buffer.concat([connect, Buffer.from("c000".repeat(101), "hex")]));
    await hasty.closed;
    patient.socket.destroy();
  });

  test("two devices with one client id do not disturb each other", async () => {
    const first = new RawDevice(port);
    await first.connect({ username: "A2_TEST_TOKEN", clientId: "same" });
    const second = new RawDevice(port);
    await second.connect({ username: "A3_TEST_TOKEN", clientId: "same" });
    for (const device of [first, second]) {
      device.send({ cmd: "pingreq" });
      await device.next("pingresp");
      device.socket.destroy();
    }
  });

  test("a newer connection of a device closes the older one and gets the requests", async () => {
    const older = await subscribedDevice(port, "A1_TEST_TOKEN");
    const newer = await subscribedDevice(port, "A1_TEST_TOKEN");
    await older.closed;
    const waiting = call("twoway", id);
    await newer.answer('"newer"');
    expect((await waiting).body).toBe('"newer"');
    expect(older.unread("publish")).toBe(0);
    newer.socket.destroy();
  });
});

describe("subscriptions", () => {
  test("only the exact filters are granted, each for itself", async () => {
    const device = new RawDevice(port);
    await device.connect({ username: "A1_TEST_TOKEN" });
    const refused = ["#", "v1/devices/me/+", "/v1/devices/me/rpc/request/+", "v1/devices/me/rpc/request/1"];
    expect(await device.subscribe([...GRANTED_FILTERS, ...refused], 1)).toEqual([
      ...GRANTED_FILTERS.map(() => 1),
      ...refused.map(() => REFUSED),
    ]);
    const waiting = call("twoway", id);
    await device.answer("1");
    expect((await waiting).status).toBe(200);
    device.socket.destroy();
  });

  test.each([
    [0, 0],
    [1, 1],
    [2, 1],
  ] as const)("QoS %i is granted as %i, and requests have the granted one", async (asked, granted) => {
    const device = new RawDevice(port);
    await device.connect({ username: "A1_TEST_TOKEN" });
    expect(await device.subscribe([RPC], asked)).toEqual([granted]);
    await call("oneway", id);
    const request = await device.next("publish");
    expect(request.qos).toBe(granted);
    expect(request.messageId === undefined).toBe(granted === 0);
    device.socket.destroy();
  });

  test("connected is not enough: a device that has not subscribed has no connection", async () => {
    const device = new RawDevice(port);
    await device.connect({ username: "A1_TEST_TOKEN" });
    expect((await call("oneway", id, 50)).status).toBe(504);
    device.socket.destroy();
  });

  test("a waiting call is delivered when the device subscribes", async () => {
    const pending = live.server.totals().pending;
    const waiting = call("twoway", id);
    while (live.server.totals().pending === pending) await live.send("/api/noauth/health");
    const device = await subscribedDevice(port, "A1_TEST_TOKEN");
    await device.answer('"late but in time"');
    expect((await waiting).body).toBe('"late but in time"');
    device.socket.destroy();
  });

  test("a filter that MQTT forbids is refused like any other", async () => {
    const device = new RawDevice(port);
    await device.connect({ username: "A1_TEST_TOKEN" });
    const levels = "a/".repeat(200);
    expect(await device.subscribe([RPC, "a/#/b", "a+", "#b", levels, "v1/gateway/rpc"], 2)).toEqual([
      1,
      REFUSED,
      REFUSED,
      REFUSED,
      REFUSED,
      1,
    ]);
    device.send({ cmd: "unsubscribe", messageId: 2, unsubscriptions: ["a/#/b", levels] });
    await device.next("unsuback");
    device.socket.destroy();
  });

  test("after UNSUBSCRIBE nothing is delivered", async () => {
    const device = await subscribedDevice(port, "A1_TEST_TOKEN");
    device.send({ cmd: "unsubscribe", messageId: 2, unsubscriptions: [RPC] });
    await device.next("unsuback");
    expect((await call("oneway", id, 50)).status).toBe(504);
    expect(device.unread("publish")).toBe(0);
    device.socket.destroy();
  });

  test("subscriptions are lost with the connection, also when the client asks to keep them", async () => {
    const kept = { username: "A1_TEST_TOKEN", clientId: "kept", clean: false };
    const first = new RawDevice(port);
    await first.connect(kept);
    await first.subscribe([RPC], 1);
    first.socket.end(Buffer.from([0xe0, 0]));
    await first.closed;
    const second = new RawDevice(port);
    await second.connect(kept);
    expect((await call("oneway", id, 50)).status).toBe(504);
    second.socket.destroy();
  });
});

describe("what a device publishes", () => {
  test("telemetry, attributes, client-side RPC and unknown topics are acknowledged and change nothing", async () => {
    const device = await subscribedDevice(port, "A1_TEST_TOKEN");
    const topics = ["telemetry", "attributes", "rpc/request/1", "no/such/topic"];
    for (const topic of topics) await device.publish(`v1/devices/me/${topic}`, '{"method":"nobody"}');
    await device.publish("v1/devices/me/telemetry", "{}", { qos: 2 });
    const waiting = call("twoway", id);
    await device.answer("1");
    expect((await waiting).status).toBe(200);
    device.socket.destroy();
  });

  test.each(["x", "", "1.5", "99999999999"])("a response with the id %j closes the connection", async (requestId) => {
    const device = await subscribedDevice(port, "A1_TEST_TOKEN");
    const topic = `v1/devices/me/rpc/response/${requestId}`;
    device.send({ cmd: "publish", topic, payload: "1", qos: 1, messageId: 3, dup: false, retain: false });
    await device.closed;
    expect(device.unread("puback")).toBe(0);
  });

  test("a packet of more than 65536 bytes closes the connection", async () => {
    const device = await subscribedDevice(port, "A1_TEST_TOKEN");
    await device.publish("v1/devices/me/telemetry", "1".repeat(65_000));
    const payload = "x".repeat(65_536);
    device.send({ cmd: "publish", topic: "v1/devices/me/telemetry", payload, qos: 0, dup: false, retain: false });
    await device.closed;
  });

  test("a packet that says it has 200 MB closes the connection before they come", async () => {
    const device = await subscribedDevice(port, "A1_TEST_TOKEN");
    device.socket.write(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x64, 0, 1]));
    await device.closed;
  });

  test("the rest of a QoS 2 handshake does no harm", async () => {
    const device = await subscribedDevice(port, "A1_TEST_TOKEN");
    await device.publish("v1/devices/me/telemetry", "{}", { qos: 2 });
    device.send({ cmd: "pubrel", messageId: 7 });
    await device.next("pubcomp");
    const waiting = call("twoway", id);
    await device.answer("1");
    expect((await waiting).status).toBe(200);
    device.socket.destroy();
  });

  test.each(["telemetry", "attributes", "attributes/request/1"])("malformed JSON as %s closes", async (topic) => {
    const device = await subscribedDevice(port, "A1_TEST_TOKEN");
    const message = { topic: `v1/devices/me/${topic}`, payload: '{"a":', qos: 1, messageId: 3 } as const;
    device.send({ cmd: "publish", dup: false, retain: false, ...message });
    await device.closed;
    expect(device.unread("puback")).toBe(0);
  });

  test("late, duplicate and unknown replies are acknowledged and counted as strays", async () => {
    const device = await subscribedDevice(port, "A1_TEST_TOKEN");
    const before = live.server.totals().strays;
    const timedOut = call("twoway", id, 50);
    const { topic } = await device.next("publish");
    expect((await timedOut).status).toBe(504);
    const response = topic.replace("request", "response");
    await device.publish(response, "1");
    await device.publish(response, "1");
    await device.publish("v1/devices/me/rpc/response/1000000", "1");
    const after = live.server.totals().strays;
    expect(after).toEqual({
      late: before.late + 1,
      duplicate: before.duplicate + 1,
      unknown: before.unknown + 1,
    });
    device.socket.destroy();
  });
});
