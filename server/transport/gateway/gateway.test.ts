import { connectAsync, type IPublishPacket, type MqttClient } from "mqtt";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { type HttpReply, type LiveServer, startLiveServer } from "../../testing/live-server.ts";
import { makeGateway } from "../../testing/make-gateway.ts";
import { RawDevice, subscribedDevice, type Version } from "../../testing/raw-device.ts";

const RPC = "v1/gateway/rpc";
const LONGEST_NAME = 255;

async function connected(live: LiveServer, token: string, version: Version = 4): Promise<RawDevice> {
  const gateway = new RawDevice(live.server.mqttPort, version);
  expect(await gateway.connect({ username: token })).toBe(0);
  onTestFinished(async () => {
    gateway.socket.destroy();
    await expect.poll(() => live.server.totals().sessions, { interval: 1 }).toBe(0);
  });
  return gateway;
}

async function call(live: LiveServer, name: string, fields: object = {}, kind = "twoway"): Promise<HttpReply> {
  const body = JSON.stringify({ method: "readRegister", timeout: 5_000, ...fields });
  const id = await live.deviceId(name);
  return await live.send(`/api/rpc/${kind}/${id}`, { method: "POST", token: live.admin, body });
}

const text = (value: object): string => JSON.stringify(value);

describe("a gateway", () => {
  let live: LiveServer;
  let token: string;
  let gateways = 0;
  beforeAll(async () => {
    live = await startLiveServer();
  });
  beforeEach(async () => {
    token = await makeGateway(live, `Gateway ${gateways++}`);
  });
  afterAll(() => live.server.close());

  test("connects devices by name; their requests and replies go through its connection", async () => {
    const gateway = await connected(live, token);
    expect(await gateway.subscribe([RPC], 0)).toEqual([0]);
    await gateway.publish("v1/gateway/connect", text({ device: "Meter 12", type: "meter" }));
    await gateway.publish("v1/gateway/connect", text({ device: "Meter 13" }));
    expect(live.server.totals().sessions).toBe(3);
    for (const device of ["Meter 12", "Meter 13"]) {
      const waiting = call(live, device, { params: { addr: 40_001 } });
      const { topic, payload, qos } = await gateway.next("publish");
      expect([topic, qos]).toEqual([RPC, 0]);
      // Each has request ids of its own.
      expect(JSON.parse(payload.toString())).toEqual({
        device,
        data: { id: 0, method: "readRegister", params: { addr: 40_001 } },
      });
      await gateway.publish(RPC, `{"device":"${device}","id":0,"data":{"value":9007199254740993}}`);
      expect(await waiting).toMatchObject({ status: 200, body: '{"value":9007199254740993}' });
    }
    const meter = JSON.parse(
      (await live.send("/api/tenant/devices?deviceName=Meter%2012", { token: live.admin })).body,
    );
    expect(meter).toMatchObject({ name: "Meter 12", type: "meter" });
  });

  test("is sent requests at QoS 1 without a subscription, and one that waited when its device connects", async () => {
    const gateway = await connected(live, token);
    const waiting = call(live, "Test Device B1");
    await gateway.publish("v1/gateway/connect", text({ device: "Test Device B1" }));
    const { payload, qos } = await gateway.next("publish");
    expect(qos).toBe(1);
    const { id } = JSON.parse(payload.toString()).data;
    await gateway.publish(RPC, text({ device: "Test Device B1", id, data: [1] }));
    expect((await waiting).body).toBe("[1]");
  });

  test.each([
    ["telemetry", { "Sensor 1": [{ ts: 1, values: { t: 2 } }], "Sensor 2": [] }, 2],
    ["attributes", { "Sensor 1": { a: 1 } }, 1],
    ["claim", { "Sensor 1": { secretKey: "s" } }, 1],
    ["rpc", { device: "Sensor 1", id: 77, data: "late" }, 1],
    ["attributes/request", { id: 1, device: "Sensor 1", client: true, keys: ["a", "b"] }, 1],
    ["disconnect", { device: "Sensor 1" }, 0],
  ])("%s is acknowledged and connects whom it names", async (topic, message, devices) => {
    const gateway = await connected(live, token);
    await gateway.publish(`v1/gateway/${topic}`, text(message));
    await gateway.publish(`v1/gateway/${topic}`, text(message));
    expect(live.server.totals().sessions).toBe(1 + devices);
    if (topic !== "attributes/request") return;
    const { topic: answered, payload } = await gateway.next("publish");
    expect([answered, payload.toString()]).toEqual(["v1/gateway/attributes/response", '{"id":1,"device":"Sensor 1"}']);
  });

  test("disconnects one device, and all of them when its own connection ends", async () => {
    const gateway = await connected(live, token);
    for (const device of ["Meter 1", "Meter 2"]) await gateway.publish("v1/gateway/connect", text({ device }));
    await gateway.publish("v1/gateway/disconnect", text({ device: "Meter 1" }));
    expect((await call(live, "Meter 1", { timeout: 50 }, "oneway")).status).toBe(504);
    expect((await call(live, "Meter 2", {}, "oneway")).status).toBe(200);
    gateway.socket.destroy();
    await expect.poll(() => live.server.totals().sessions, { interval: 1 }).toBe(0);
    expect((await call(live, "Meter 2", { timeout: 50 }, "oneway")).status).toBe(504);
  });

  test("loses a device that connects by itself, and takes it back", async () => {
    const gateway = await connected(live, token);
    await gateway.publish("v1/gateway/connect", text({ device: "Test Device A1" }));
    const direct = await subscribedDevice(live.server.mqttPort, "A1_TEST_TOKEN");
    expect((await call(live, "Test Device A1", { method: "direct" }, "oneway")).status).toBe(200);
    expect((await direct.next("publish")).payload.toString()).toContain("direct");
    await gateway.publish("v1/gateway/connect", text({ device: "Test Device A1" }));
    await direct.closed;
    expect((await call(live, "Test Device A1", { method: "behind" }, "oneway")).status).toBe(200);
    expect((await gateway.next("publish")).payload.toString()).toContain("behind");
    expect([gateway.unread("publish"), direct.unread("publish")]).toEqual([0, 0]);
  });

  test("has delivered a persistent request when it is written", async () => {
    const gateway = await connected(live, token);
    await gateway.publish("v1/gateway/connect", text({ device: "Meter 12" }));
    const { rpcId } = JSON.parse((await call(live, "Meter 12", { persistent: true })).body);
    const status = async (): Promise<string> =>
      JSON.parse((await live.send(`/api/rpc/persistent/${rpcId}`, { token: live.admin })).body).status;
    const { id } = JSON.parse((await gateway.next("publish")).payload.toString()).data;
    expect(await status()).toBe("DELIVERED");
    await gateway.publish(RPC, text({ device: "Meter 12", id, data: {} }));
    expect(await status()).toBe("SUCCESSFUL");
  });

  test.each([
    ["connect", '{"device":', [0x99, false], [undefined, true]],
    ["connect", "{}", [0x83, true], [0, true]],
    ["connect", "[]", [0x83, true], [0, true]],
    ["connect", '{"device":""}', [0x83, true], [0, true]],
    ["rpc", '{"device":"A","id":1}', [0x83, true], [0, true]],
    ["rpc", '{"device":"A","id":"x","data":1}', [0x83, true], [0, true]],
    ["telemetry", '{"A":{"t":1}}', [0x83, true], [0, true]],
    ["attributes", '{"A":1}', [0x83, true], [0, true]],
    ["connect", text({ device: "x".repeat(LONGEST_NAME + 1) }), [0x80, false], [0, false]],
    ["nothing", "{}", [0x90, false], [0, false]],
  ] as const)("%s %s: PUBACK and end of the connection in MQTT 5 and 3.1.1", async (topic, payload, five, three) => {
    for (const [version, [reason, closes]] of [[5, five] as const, [4, three] as const]) {
      const gateway = await connected(live, token, version);
      const packet = { cmd: "publish", qos: 1, messageId: 7, dup: false, retain: false } as const;
      gateway.send({ ...packet, topic: `v1/gateway/${topic}`, payload });
      if (reason !== undefined) {
        const { reasonCode } = await gateway.next("puback");
        expect(reasonCode ?? 0).toBe(reason);
      }
      if (closes) await gateway.closed;
      else await gateway.publish("v1/devices/me/telemetry", "{}");
    }
  });

  test("is one from its next connection on; until then its messages are dropped without an acknowledgement", async () => {
    const before = await makeGateway(live, `Plain ${gateways}`, false);
    const plain = await connected(live, before);
    const message = { cmd: "publish", topic: "v1/gateway/connect", qos: 1, dup: false, retain: false } as const;
    plain.send({ ...message, payload: text({ device: "Meter 12" }), messageId: 9 });
    plain.send({ ...message, topic: "v1/devices/me/telemetry", payload: "{}", messageId: 10 });
    expect((await plain.next("puback")).messageId).toBe(10);
    expect(live.server.totals().sessions).toBe(1);
  });

  test("as the Python SDK has it: MQTT 5, seven subscriptions, its limits, a reply at QoS 0", async () => {
    const client: MqttClient = await connectAsync({
      host: "127.0.0.1",
      port: live.server.mqttPort,
      protocolVersion: 5,
      username: token,
      clientId: "",
      keepalive: 120,
      reconnectPeriod: 0,
    });
    onTestFinished(async () => {
      await client.endAsync();
      await expect.poll(() => live.server.totals().sessions, { interval: 1 }).toBe(0);
    });
    const messages: [string, string, IPublishPacket][] = [];
    client.on("message", (topic, payload, packet) => messages.push([topic, payload.toString(), packet]));
    const message = async (): Promise<[string, string, IPublishPacket]> => {
      await expect.poll(() => messages.length, { interval: 1 }).toBeGreaterThan(0);
      return messages.shift() as [string, string, IPublishPacket];
    };
    const own = ["attributes", "attributes/response/+", "rpc/request/+", "rpc/response/+"];
    const filters = [...own.map((name) => `v1/devices/me/${name}`), "v1/gateway/attributes"];
    for (const filter of [...filters, "v1/gateway/attributes/response", RPC]) {
      expect(await client.subscribeAsync(filter, { qos: 1 })).toMatchObject([{ qos: 1 }]);
    }
    const limits = '{"method":"getSessionLimits","params":{"timeout":5000}}';
    await client.publishAsync("v1/devices/me/rpc/request/1", limits, { qos: 1 });
    const [topic, answer] = await message();
    expect(topic).toBe("v1/devices/me/rpc/response/1");
    const limit = { messages: null, telemetryMessages: null, telemetryDataPoints: null };
    expect(JSON.parse(answer)).toMatchObject({ rateLimits: limit, gatewayRateLimits: limit, maxInflightMessages: 100 });

    await client.publishAsync("v1/gateway/connect", text({ device: "Meter 12", type: "default" }), { qos: 1 });
    const waiting = call(live, "Meter 12", { method: "gateway_ping" });
    const [where, request, packet] = await message();
    expect([where, packet.qos]).toEqual([RPC, 1]);
    const { device, data } = JSON.parse(request);
    expect(data.method).toBe("gateway_ping");
    await client.publishAsync(RPC, text({ device, id: data.id, data: { success: true } }), { qos: 0 });
    expect((await waiting).body).toBe('{"success":true}');
    expect(messages).toEqual([]);
  });
});

test("a Tempus gateway is refused the subscription, is sent requests all the same, and a bad payload is only logged", async () => {
  const live = await startLiveServer({ dialect: "tempus" });
  onTestFinished(() => live.server.close());
  const gateway = await connected(live, await makeGateway(live, "Gateway"));
  expect(await gateway.subscribe([RPC], 1)).toEqual([0x80]);
  for (const payload of ['{"device":', "{}", text({ device: "Rig 1" })]) {
    await gateway.publish("v1/gateway/connect", payload);
  }
  await gateway.publish("v1/gateway/depth/telemetry", '{"Rig 1":[]}');
  const id = await live.deviceId("Rig 1");
  const body = '{"method":"m","timeout":5000}';
  const waiting = live.send(`/api/plugins/rpc/twoway/${id}`, { method: "POST", token: live.admin, body });
  const { payload } = await gateway.next("publish");
  await gateway.publish(RPC, text({ device: "Rig 1", id: JSON.parse(payload.toString()).data.id, data: { ok: true } }));
  expect((await waiting).body).toBe('{"ok":true}');
});
