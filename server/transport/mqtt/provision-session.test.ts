/** Provisioning over MQTT (contract 6.1, 12.4, 18.1). */
import { connectAsync, type IClientOptions, type MqttClient } from "mqtt";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type LiveServer, startLiveServer } from "../../testing/live-server.ts";
import { ALLOW, type ProvisionFields, saveProfile } from "../../testing/provision-profile.ts";
import { RawDevice } from "../../testing/raw-device.ts";

const REQUEST = "/provision/request";
const RESPONSE = "/provision/response";
const RPC = "v1/devices/me/rpc/request/+";
const NOT_FOUND = '{"errorMsg":"Provision data was not found!","status":"NOT_FOUND"}';
const VERSIONS = [4, 5] as const;

let live: LiveServer;
let fields: ProvisionFields;
beforeAll(async () => {
  live = await startLiveServer();
  fields = await saveProfile(live, "meter", ALLOW);
});
afterAll(() => live.server.close());

const publish = (device: RawDevice, topic: string, payload: unknown, qos: 0 | 1 = 1): void =>
  device.send({
    cmd: "publish",
    topic,
    payload: typeof payload === "string" ? payload : JSON.stringify(payload),
    qos,
    dup: false,
    retain: false,
    messageId: 7,
  });

async function provisioning(version: 3 | 4 | 5, server = live): Promise<RawDevice> {
  const device = new RawDevice(server.server.mqttPort, version);
  onTestFinished(() => void device.socket.destroy());
  expect(await device.connect({ username: "provision" })).toBe(0);
  return device;
}

async function connect(options: IClientOptions): Promise<MqttClient> {
  const url = `mqtt://127.0.0.1:${live.server.mqttPort}`;
  const client = await connectAsync(url, { reconnectPeriod: 0, ...options });
  onTestFinished(() => void client.end(true));
  return client;
}

/** Subscribes, asks and resolves with the answer, without waiting for a SUBACK: as the Python SDK's ProvisionClient does. */
async function ask(client: MqttClient, request: object, qos: 0 | 1): Promise<Record<string, unknown>> {
  const answered = new Promise<string>((resolve, reject) => {
    client.once("message", (topic, payload) => (topic === RESPONSE ? resolve(`${payload}`) : reject(new Error(topic))));
  });
  client.subscribe(RESPONSE, { qos });
  client.publish(REQUEST, JSON.stringify(request), { qos });
  return JSON.parse(await answered);
}

test("the Python SDK's ProvisionClient: MQTT 3.1.1, QoS 0, then a connection with what it was given", async () => {
  const client = await connect({ protocolVersion: 4, username: "provision", clientId: "" });
  const { credentialsValue, ...rest } = await ask(client, { ...fields, deviceName: "Meter 1" }, 0);
  await client.endAsync();
  expect(rest).toEqual({ credentialsType: "ACCESS_TOKEN", status: "SUCCESS" });
  const device = await connect({ protocolVersion: 4, username: credentialsValue as string });
  device.on("message", (topic) => device.publish(topic.replace("request", "response"), '"done"'));
  await device.subscribeAsync(RPC);
  const url = `/api/rpc/twoway/${await live.deviceId("Meter 1")}`;
  const reply = await live.send(url, { method: "POST", token: live.admin, body: '{"method":"m","params":{}}' });
  expect(reply).toMatchObject({ status: 200, body: '"done"' });
});

describe.each(VERSIONS)("MQTT.js, version %i", (protocolVersion) => {
  test("the client id names it as well as the username, and what it asked for opens a connection", async () => {
    const client = await connect({ protocolVersion, clientId: "provision" });
    const basic = { username: `user ${protocolVersion}`, password: "secret" };
    const request = { ...fields, deviceName: `Basic ${protocolVersion}`, credentialsType: "MQTT_BASIC", ...basic };
    const credentialsValue = { clientId: null, userName: basic.username, password: "secret" };
    const answer = { credentialsValue, credentialsType: "MQTT_BASIC", status: "SUCCESS" };
    expect(await ask(client, request, 1)).toEqual(answer);
    expect(await ask(client, request, 1)).toMatchObject({ status: "FAILURE" });
    await client.endAsync();
    await connect({ protocolVersion, ...basic });
  });
});

describe.each([3, 4, 5] as const)("version %i", (version) => {
  const tooNew = version === 5;

  test("only the answers may be subscribed, at no more than QoS 1; a session of no device is opened", async () => {
    const device = await provisioning(version);
    const refused = tooNew ? 0x8f : 0x80;
    expect(await device.subscribe([RESPONSE, RPC, REQUEST, "#"], 2)).toEqual([1, refused, refused, refused]);
    expect(live.server.totals().sessions).toBe(0);
    device.send({ cmd: "pingreq" });
    await device.next("pingresp");
    for (const reason of [0x00, 0x11]) {
      device.send({ cmd: "unsubscribe", messageId: 3, unsubscriptions: [RESPONSE] });
      const { granted } = await device.next("unsuback");
      if (tooNew) expect(granted).toEqual([reason]);
    }
  });

  test("the acknowledgement comes before the answer, which has the QoS of the subscription", async () => {
    const device = await provisioning(version);
    await device.subscribe([RESPONSE], 0);
    publish(device, REQUEST, { ...fields, provisionDeviceSecret: "wrong" });
    const { qos, topic, payload } = await device.next("publish");
    expect({ qos, topic, payload: `${payload}` }).toEqual({ qos: 0, topic: RESPONSE, payload: NOT_FOUND });
    expect(device.unread("puback")).toBe(1);
  });

  test("another topic ends the connection, acknowledged", async () => {
    const device = await provisioning(version);
    publish(device, "v1/devices/me/telemetry", { a: 1 });
    expect((await device.next("puback")).reasonCode ?? 0).toBe(tooNew ? 0x90 : 0);
    if (tooNew) expect((await device.next("disconnect")).reasonCode).toBe(0x90);
    await device.closed;
  });

  test("a request without key or secret ends the connection, acknowledged", async () => {
    const device = await provisioning(version);
    publish(device, REQUEST, { provisionDeviceKey: fields.provisionDeviceKey });
    expect((await device.next("puback")).reasonCode ?? 0).toBe(tooNew ? 0x83 : 0);
    if (tooNew) expect((await device.next("disconnect")).reasonCode).toBe(0x83);
    await device.closed;
    expect(device.unread("publish")).toBe(0);
  });

  test("a request at QoS 0 that is not JSON ends the connection", async () => {
    const device = await provisioning(version);
    publish(device, REQUEST, "{", 0);
    if (tooNew) expect((await device.next("disconnect")).reasonCode).toBe(0x99);
    await device.closed;
  });
});

describe.each(VERSIONS)("the end of a connection, version %i", (version) => {
  test("comes by itself after the answer, without a word", async () => {
    const hasty = await startLiveServer({ provisionCloseMs: 20 });
    onTestFinished(() => hasty.server.close());
    const silent = await provisioning(version, hasty);
    const device = await provisioning(version, hasty);
    publish(device, REQUEST, fields);
    expect(`${(await device.next("publish")).payload}`).toBe(NOT_FOUND);
    await device.closed;
    expect(device.unread("disconnect")).toBe(0);
    silent.send({ cmd: "pingreq" });
    await silent.next("pingresp");
  });

  test("a server that stops does not wait for it", async () => {
    const stopping = await startLiveServer();
    const device = await provisioning(version, stopping);
    publish(device, REQUEST, fields);
    await device.next("publish");
    await stopping.server.close();
    await device.closed;
  });
});

test("in Tempus `provision` is a name like any other", async () => {
  const tempus = await startLiveServer({ dialect: "tempus" });
  onTestFinished(() => tempus.server.close());
  expect(await new RawDevice(tempus.server.mqttPort).connect({ username: "provision" })).toBe(5);
});

test("a device's connection has no provisioning", async () => {
  const device = new RawDevice(live.server.mqttPort);
  onTestFinished(() => void device.socket.destroy());
  await device.connect({ username: "A1_TEST_TOKEN" });
  expect(await device.subscribe([RESPONSE], 1)).toEqual([0x80]);
  publish(device, REQUEST, fields);
  await device.next("puback");
  expect(device.unread("publish")).toBe(0);
});
