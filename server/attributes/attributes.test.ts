import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LiveServer, startLiveServer } from "../testing/live-server.ts";
import { RawDevice, type Version } from "../testing/raw-device.ts";
import { newTenant, type RestClient, restClient } from "../testing/rest-client.ts";

const ATTRIBUTES = "v1/devices/me/attributes";

let live: LiveServer;
let admin: RestClient;
let id: string;
beforeAll(async () => {
  live = await startLiveServer();
  admin = restClient(live, live.admin);
});
afterAll(() => live.server.close());

/** A fresh device, connected. */
async function connected(token: string, version: Version = 4): Promise<RawDevice> {
  id = await admin.make(`/api/device?accessToken=${token}`, { name: token });
  const device = new RawDevice(live.server.mqttPort, version);
  await device.connect({ username: token });
  return device;
}

async function asked(device: RawDevice, payload: string): Promise<[string, string]> {
  await device.publish(`${ATTRIBUTES}/request/7`, payload);
  const { topic, payload: answer } = await device.next("publish");
  return [topic, answer.toString()];
}

const setShared = (body: unknown, client = admin) =>
  client.post(`/api/plugins/telemetry/DEVICE/${id}/SHARED_SCOPE`, body);

describe.each<Version>([4, 5])("over MQTT, protocol version %d", (version) => {
  test("what a device published it finds again, with what was set for it", async () => {
    const device = await connected(`mqtt-${version}`, version);
    const keys = '{"clientKeys":"serial,none","sharedKeys":"target"}';
    expect(await asked(device, keys)).toEqual([`${ATTRIBUTES}/response/7`, "{}"]);
    await device.publish(ATTRIBUTES, '{"serial":9007199254740993,"other":true}');
    expect((await setShared({ target: 21.5 })).status).toBe(200);
    expect((await asked(device, keys))[1]).toBe('{"client":{"serial":9007199254740993},"shared":{"target":21.5}}');
    expect((await asked(device, '{"sharedKeys":"target"}'))[1]).toBe('{"shared":{"target":21.5}}');
    expect((await asked(device, "{}"))[1]).toContain('"other":true');
    device.socket.destroy();
  });

  test("shared ones that are set are pushed to who subscribed, and to nobody else", async () => {
    const device = await connected(`pushed-${version}`, version);
    await setShared({ early: 1 });
    await device.subscribe([ATTRIBUTES], 1);
    const other = await connected(`other-${version}`, version);
    await other.subscribe([ATTRIBUTES], 1);
    await setShared({ mine: [1] });
    expect((await other.next("publish")).payload.toString()).toBe('{"mine":[1]}');
    expect(device.unread("publish")).toBe(0);
    device.socket.destroy();
    other.socket.destroy();
  });
});

test("over HTTP the same ones are posted and read", async () => {
  const device = await connected("http-device");
  await live.send("/api/v1/http-device/attributes", { method: "POST", body: '{"a":1,"b":"x"}' });
  await setShared({ c: null });
  expect((await live.send("/api/v1/http-device/attributes?clientKeys=a&sharedKeys=c")).body).toBe(
    '{"client":{"a":1},"shared":{"c":null}}',
  );
  expect((await live.send("/api/v1/http-device/attributes?clientKeys=none")).body).toBe("{}");
  expect((await asked(device, '{"clientKeys":"b"}'))[1]).toBe('{"client":{"b":"x"}}');
  device.socket.destroy();
});

test("only the device's tenant sets shared ones, and only an object of bearable size", async () => {
  const device = await connected("strict");
  const stranger = restClient(live, (await newTenant(live, "Stranger")).token);
  expect((await setShared({ a: 1 }, stranger)).status).toBe(404);
  expect((await setShared([1])).status).toBe(400);
  expect((await setShared({ a: "x".repeat(65_536) })).status).toBe(400);
  expect((await asked(device, "{}"))[1]).toBe("{}");
  device.socket.destroy();
});

test("Tempus says 404 to a device that has none", async () => {
  const tempus = await startLiveServer({ dialect: "tempus" });
  const path = "/api/v1/A1_TEST_TOKEN/attributes";
  expect((await tempus.send(path)).status).toBe(404);
  await tempus.send(path, { method: "POST", body: '{"a":1}' });
  expect(await tempus.send(path)).toMatchObject({ status: 200, body: '{"client":{"a":1}}' });
  await tempus.server.close();
});
