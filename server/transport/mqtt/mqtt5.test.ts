/** MQTT 5 packet by packet (contract 6.1 to 6.5), and the Python device SDK's sequence (18.1). */
import { generate, type IConnectPacket } from "mqtt-packet";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LiveServer, startLiveServer } from "../../testing/live-server.ts";
import { RawDevice, subscribedDevice } from "../../testing/raw-device.ts";

const RPC = "v1/devices/me/rpc/request/+";
const TELEMETRY = "v1/devices/me/telemetry";
const NO_FLAGS = { dup: false, retain: false } as const;

let live: LiveServer;
let port: number;
let id: string;
const call = (type: "oneway" | "twoway", body: object = {}, device = id) =>
  live.send(`/api/rpc/${type}/${device}`, {
    method: "POST",
    token: live.admin,
    body: JSON.stringify({ method: "m", timeout: 5_000, ...body }),
  });
const device5 = async (fields: Partial<IConnectPacket> = {}): Promise<RawDevice> => {
  const device = new RawDevice(port, 5);
  expect(await device.connect({ username: "A1_TEST_TOKEN", ...fields })).toBe(0);
  return device;
};
const publishAt = (qos: 0 | 1 | 2, topic: string, payload: string) =>
  ({ cmd: "publish", topic, payload, qos, messageId: 3, ...NO_FLAGS }) as const;

beforeAll(async () => {
  live = await startLiveServer();
  port = live.server.mqttPort;
  id = await live.deviceId("Test Device A1");
});
afterAll(() => live.server.close());

describe("connecting", () => {
  test.each([
    ["a wrong token", { username: "nobody" }, 0x86],
    ["a wrong token and a password", { username: "nobody", password: Buffer.from("x") }, 0x86],
    ["only a client id", { clientId: "boiler" }, 0x85],
    ["nothing", { clientId: "" }, 0x87],
  ])("%s: CONNACK and DISCONNECT with the same code, then closed", async (_name, fields, code) => {
    const device = new RawDevice(port, 5);
    const bytes: Buffer[] = [];
    device.socket.on("data", (chunk: Buffer) => bytes.push(chunk));
    expect(await device.connect(fields)).toBe(code);
    await device.closed;
    const disconnect = generate({ cmd: "disconnect", reasonCode: code }, { protocolVersion: 5 });
    expect(Buffer.concat(bytes).subarray(-disconnect.length)).toEqual(disconnect);
  });

  test.each([true, false])(
    "with clean start %s, session-present says the opposite, and there are no properties",
    async (clean) => {
      const device = new RawDevice(port, 5);
      const connack = await device.connack({ username: "A2_TEST_TOKEN", clean });
      expect(connack).toMatchObject({ reasonCode: 0, sessionPresent: !clean });
      expect(connack.properties).toBeUndefined();
      device.socket.destroy();
    },
  );

  test("no client id, or one of any length, will do", async () => {
    for (const clientId of ["", "x".repeat(200)]) (await device5({ clientId })).socket.destroy();
  });

  test("a newer connection takes the session over: DISCONNECT 0x8E to the older one, of whichever version", async () => {
    const older = await subscribedDevice(port, "A1_TEST_TOKEN", 1, 5);
    const newer = await subscribedDevice(port, "A1_TEST_TOKEN", 1, 4);
    expect(await older.next("disconnect")).toMatchObject({ reasonCode: 0x8e });
    await older.closed;
    const newest = await subscribedDevice(port, "A1_TEST_TOKEN", 1, 5);
    await newer.closed;
    const waiting = call("twoway");
    await newest.answer('"newest"');
    expect((await waiting).body).toBe('"newest"');
    newest.socket.destroy();
  });

  test("a client's DISCONNECT is answered with DISCONNECT 0x00", async () => {
    const device = await device5();
    device.send({ cmd: "disconnect", reasonCode: 0 });
    expect(await device.next("disconnect")).toMatchObject({ reasonCode: 0 });
    await device.closed;
  });

  test("packets behind CONNECT wait for the CONNACK", async () => {
    const device = new RawDevice(port, 5);
    const connect = {
      cmd: "connect",
      protocolVersion: 5,
      clean: true,
      clientId: "",
      username: "A1_TEST_TOKEN",
    } as const;
    const subscribe = { cmd: "subscribe", messageId: 1, subscriptions: [{ topic: RPC, qos: 1 }] } as const;
    device.socket.write(
      Buffer.concat(
        [connect, subscribe, ...Array(99).fill({ cmd: "pingreq" })].map((p) => generate(p, { protocolVersion: 5 })),
      ),
    );
    expect(await device.next("connack")).toMatchObject({ reasonCode: 0 });
    expect((await device.next("suback")).granted).toEqual([1]);
    for (let i = 0; i < 99; i++) await device.next("pingresp");
    device.socket.destroy();
  });

  test("one early packet more than 100 is too many: DISCONNECT 0x97", async () => {
    const device = new RawDevice(port, 5);
    const connect = {
      cmd: "connect",
      protocolVersion: 5,
      clean: true,
      clientId: "",
      username: "A1_TEST_TOKEN",
    } as const;
    device.socket.write(
      Buffer.concat([connect, ...Array(101).fill({ cmd: "pingreq" })].map((p) => generate(p, { protocolVersion: 5 }))),
    );
    expect(await device.next("disconnect")).toMatchObject({ reasonCode: 0x97 });
    await device.closed;
  });
});

describe("subscriptions", () => {
  test("filters are granted with QoS 1 at most or refused with 0x8F, each for itself", async () => {
    const device = await device5();
    const filters = [RPC, "#", "v1/devices/me/+", "/v1/devices/me/rpc/request/+", "v1/gateway/rpc", "a/#/b", ""];
    expect(await device.subscribe(filters, 2)).toEqual([1, 0x8f, 0x8f, 0x8f, 1, 0x8f, 0x8f]);
    device.socket.destroy();
  });

  test("UNSUBACK says done, no subscription or not a filter", async () => {
    const device = await device5();
    await device.subscribe([RPC], 1);
    device.send({ cmd: "unsubscribe", messageId: 2, unsubscriptions: [RPC, RPC, "v1/devices/me/attributes", "a/b"] });
    expect((await device.next("unsuback")).granted).toEqual([0x00, 0x11, 0x11, 0x8f]);
    expect((await call("oneway", { timeout: 50 })).status).toBe(504);
    device.socket.destroy();
  });

  test.each([0, 1] as const)("requests have the QoS of the subscription: %i", async (qos) => {
    const device = await subscribedDevice(port, "A1_TEST_TOKEN", qos, 5);
    await call("oneway");
    expect(await device.next("publish")).toMatchObject({ qos });
    device.socket.destroy();
  });

  test("a client never sees a publish larger than its Maximum Packet Size", async () => {
    const device = await device5({ properties: { maximumPacketSize: 200 } });
    await device.subscribe([RPC], 1);
    await call("oneway", { params: "x".repeat(200) });
    await call("oneway", { params: "small" });
    const { payload, messageId } = await device.next("publish");
    expect({ text: payload.toString(), messageId }).toEqual({ text: '{"method":"m","params":"small"}', messageId: 2 });
    device.socket.destroy();
  });

  test("an acknowledged request of a persistent call is delivered", async () => {
    const device = await subscribedDevice(port, "A1_TEST_TOKEN", 1, 5);
    const { rpcId } = JSON.parse((await call("twoway", { persistent: true })).body) as { rpcId: string };
    const { messageId, topic } = await device.next("publish");
    const status = async () =>
      (JSON.parse((await live.send(`/api/rpc/persistent/${rpcId}`, { token: live.admin })).body) as { status: string })
        .status;
    expect(await status()).toBe("SENT");
    device.send({ cmd: "puback", messageId: messageId as number, reasonCode: 0 });
    await expect.poll(status).toBe("DELIVERED");
    await device.publish(topic.replace("request", "response"), "1");
    await expect.poll(status).toBe("SUCCESSFUL");
    device.socket.destroy();
  });
});

describe("what a device publishes", () => {
  test.each([
    ["telemetry", 1, TELEMETRY, '{"t":1}', 0x00],
    ["telemetry at QoS 2, by PUBACK", 2, TELEMETRY, '{"t":1}', 0x00],
    ["an unknown topic", 1, "no/such/topic", "{}", 0x90],
    ["malformed JSON", 1, TELEMETRY, '{"a":', 0x99],
    ["malformed attributes", 1, "v1/devices/me/attributes", "", 0x99],
    ["a response with a bad id", 1, "v1/devices/me/rpc/response/x", "1", 0x99],
    ["a response with an id of 33 bits", 1, "v1/devices/me/rpc/response/2147483648", "1", 0x99],
    ["a response of any text", 1, "v1/devices/me/rpc/response/1", '{"a":', 0x00],
  ] as const)("%s: PUBACK, and the connection stays", async (_name, qos, topic, payload, reasonCode) => {
    const device = await device5();
    device.send(publishAt(qos, topic, payload));
    expect(await device.next("puback")).toMatchObject({ messageId: 3, reasonCode });
    device.send({ cmd: "pingreq" });
    await device.next("pingresp");
    device.socket.destroy();
  });

  test("at QoS 0 malformed JSON closes with DISCONNECT 0x99 and an unknown topic is ignored", async () => {
    const device = await device5();
    device.send(publishAt(0, "no/such/topic", "{}"));
    device.send(publishAt(0, TELEMETRY, '{"a":'));
    expect(await device.next("disconnect")).toMatchObject({ reasonCode: 0x99 });
    await device.closed;
  });

  test.each([
    ["a topic with a wildcard", generate(publishAt(1, "v1/devices/me/telemetry", "{}"), { protocolVersion: 5 }), true],
    [
      "a packet of more than 65536 bytes",
      generate(publishAt(0, TELEMETRY, "1".repeat(65_536)), { protocolVersion: 5 }),
      false,
    ],
    ["a remaining length of 200 MB, of which little comes", Buffer.from([0x30, 0x80, 0x80, 0x80, 0x64, 0, 1]), false],
    ["a length that never ends", Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0xff]), false],
    ["SUBSCRIBE without filters", Buffer.from([0x82, 3, 0, 1, 0]), false],
    ["SUBSCRIBE with packet id 0", Buffer.from([0x82, 7, 0, 0, 0, 0, 1, 0x61, 0]), false],
    ["PUBLISH with packet id 0", Buffer.from([0x32, 6, 0, 1, 0x61, 0, 0, 0]), false],
    ["a reserved packet type", Buffer.from([0x00, 0]), false],
    ["an unknown property", Buffer.from([0x30, 6, 0, 1, 0x61, 2, 0x7f, 1]), false],
  ])("%s: DISCONNECT 0x81", async (_name, bytes, wildcard) => {
    const device = await device5();
    device.socket.write(wildcard ? Buffer.from(bytes.toString("latin1").replace("v1/", "+1/"), "latin1") : bytes);
    expect(await device.next("disconnect")).toMatchObject({ reasonCode: 0x81 });
    await device.closed;
  });

  test.each([
    ["a second CONNECT", { cmd: "connect", protocolVersion: 5, clientId: "x" }],
    ["a server's packet", { cmd: "connack", reasonCode: 0, sessionPresent: false }],
    ["AUTH", { cmd: "auth", reasonCode: 0x18 }],
  ] as const)("%s: DISCONNECT 0x82", async (_name, packet) => {
    const device = await device5();
    device.send(packet);
    expect(await device.next("disconnect")).toMatchObject({ reasonCode: 0x82 });
    await device.closed;
  });

  test("the rest of a QoS 2 handshake is not waited for and does no harm", async () => {
    const device = await device5();
    device.send(publishAt(2, TELEMETRY, "{}"));
    await device.next("puback");
    for (const cmd of ["pubrel", "pubrec", "pubcomp"] as const) device.send({ cmd, messageId: 3, reasonCode: 0 });
    device.send({ cmd: "pingreq" });
    await device.next("pingresp");
    device.socket.destroy();
  });
});

test("Tempus knows no MQTT 5: CONNACK 1", async () => {
  const tempus = await startLiveServer({ dialect: "tempus" });
  const device = new RawDevice(tempus.server.mqttPort, 4);
  expect(await device.connect({ username: "A1_TEST_TOKEN", protocolVersion: 5 })).toBe(1);
  await tempus.server.close();
});

test("the Python device SDK: CONNECT, four SUBSCRIBEs, a request, its reply", async () => {
  const device = new RawDevice(port, 5);
  const connack = await device.connack({ clientId: "", username: "A1_TEST_TOKEN", keepalive: 120 });
  expect(connack).toMatchObject({ reasonCode: 0, sessionPresent: false });
  const filters = ["attributes", "attributes/response/+", "rpc/request/+", "rpc/response/+"];
  filters.forEach((filter, i) => {
    device.send({
      cmd: "subscribe",
      messageId: i + 1,
      subscriptions: [{ topic: `v1/devices/me/${filter}`, qos: 1, nl: false, rap: false, rh: 0 }],
    });
  });
  for (let messageId = 1; messageId <= 4; messageId++) {
    expect(await device.next("suback")).toMatchObject({ messageId, granted: [1] });
  }
  const waiting = call("twoway", { method: "readPressure", params: { unit: "bar" } });
  const request = await device.next("publish");
  const text = request.payload.toString();
  expect(request).toMatchObject({ qos: 1, dup: false, retain: false, messageId: 1 });
  expect(request.topic).toMatch(/^v1\/devices\/me\/rpc\/request\/\d+$/);
  expect(text).toBe('{"method":"readPressure","params":{"unit":"bar"}}');
  device.send({ cmd: "puback", messageId: 1, reasonCode: 0 });
  const response = request.topic.replace("request", "response");
  device.send({ ...publishAt(1, response, '{"bar": 1.8}'), messageId: 5 });
  expect(await device.next("puback")).toMatchObject({ messageId: 5, reasonCode: 0 });
  expect(await waiting).toMatchObject({ status: 200, body: '{"bar":1.8}' });
  device.send({ cmd: "disconnect", reasonCode: 0 });
  expect(await device.next("disconnect")).toMatchObject({ reasonCode: 0 });
});
