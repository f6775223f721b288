/** Message limits of a gateway: contract 8.1, 8.2, 8.3, 7.2, S20. */
import { expect, onTestFinished, test } from "vitest";
import type { ServerOptions } from "../../options.ts";
import { type LiveServer, startLiveServer } from "../../testing/live-server.ts";
import { makeGateway } from "../../testing/make-gateway.ts";
import { RawDevice, type Version } from "../../testing/raw-device.ts";

const PUBLISH = { cmd: "publish", qos: 1, messageId: 7, dup: false, retain: false } as const;
const CONNECT = "v1/gateway/connect";
const text = (value: object): string => JSON.stringify(value);
/** Fills again so slowly that no test sees it. */
const only = (messages: number): string => `${messages}:1000000`;

async function start(options: ServerOptions, version: Version): Promise<{ live: LiveServer; gateway: RawDevice }> {
  const live = await startLiveServer(options);
  onTestFinished(() => live.server.close());
  const gateway = new RawDevice(live.server.mqttPort, version);
  expect(await gateway.connect({ username: await makeGateway(live, "Gateway") })).toBe(0);
  return { live, gateway };
}

/** 3.x: PUBACK, closed. 5: PUBACK 0x97, a notice about the device, closed. */
async function expectRefused(gateway: RawDevice, version: Version, device: string): Promise<void> {
  expect((await gateway.next("puback")).reasonCode ?? 0).toBe(version === 5 ? 0x97 : 0);
  if (version === 5) {
    const { topic, payload } = await gateway.next("publish");
    expect([topic, payload.toString()]).toEqual(["v1/gateway/disconnect", `{"device":"${device}","reason":150}`]);
    expect((await gateway.next("disconnect")).reasonCode).toBe(0x83);
  }
  await gateway.closed;
  expect(gateway.unread("publish")).toBe(0);
}

test.each([
  [4, 2],
  [5, 2],
  [4, 3],
  [5, 3],
] as const)(
  "version %s, %s messages: connecting a device costs two; another one is not made",
  async (version, room) => {
    const { live, gateway } = await start({ gatewayMessageLimits: only(room), deviceMessageLimits: only(1) }, version);
    await gateway.publish(CONNECT, text({ device: "Meter 1" }));
    await gateway.publish(CONNECT, text({ device: "Meter 1" }));
    gateway.send({ ...PUBLISH, topic: CONNECT, payload: text({ device: "Meter 2" }) });
    await expectRefused(gateway, version, "Meter 2");
    const found = await live.send("/api/tenant/devices?deviceName=Meter%202", { token: live.admin });
    expect(found.status).toBe(404);
  },
);

test.each([
  [4, "rpc", { device: "Meter 1", id: 7, data: 1 }],
  [5, "rpc", { device: "Meter 1", id: 7, data: 1 }],
  [4, "attributes/request", { device: "Meter 1", id: 7, client: true, key: "a" }],
  [5, "telemetry", { "Meter 1": [{ t: 1 }] }],
  [4, "attributes", { "Meter 1": { a: 1 } }],
] as const)("version %s: one message too many on %s", async (version, topic, message) => {
  const { gateway } = await start({ gatewayMessageLimits: only(3) }, version);
  await gateway.publish(CONNECT, text({ device: "Meter 1" }));
  const counted = topic === "telemetry" || topic === "attributes" ? 3 : 1;
  for (let i = 0; i < counted; i++) {
    await gateway.publish(`v1/gateway/${topic}`, text(message));
    if (topic === "attributes/request") await gateway.next("publish");
  }
  gateway.send({ ...PUBLISH, topic: `v1/gateway/${topic}`, payload: text(message) });
  await expectRefused(gateway, version, "Meter 1");
});

test("what a gateway sends for itself has a limit of its own, and both are told", async () => {
  const { gateway } = await start({ gatewayMessageLimits: only(4), gatewayDeviceMessageLimits: only(1) }, 5);
  const ask = '{"method":"getSessionLimits","params":{}}';
  await gateway.publish("v1/devices/me/rpc/request/1", ask);
  const limitsOf = (limit: string) => ({ messages: limit, telemetryMessages: limit, telemetryDataPoints: null });
  expect(JSON.parse((await gateway.next("publish")).payload.toString())).toMatchObject({
    rateLimits: limitsOf(only(1)),
    gatewayRateLimits: limitsOf(only(4)),
  });
  await gateway.publish(CONNECT, text({ device: "Meter 1" }));
  gateway.send({ ...PUBLISH, topic: "v1/devices/me/rpc/request/2", payload: '{"method":"echo"}' });
  expect((await gateway.next("disconnect")).reasonCode).toBe(0x83);
  expect(gateway.unread("puback")).toBe(0);
});

test("that a persistent request was delivered costs the gateway a message, not its device", async () => {
  const { live, gateway } = await start({ gatewayMessageLimits: only(2), deviceMessageLimits: only(1) }, 4);
  await gateway.publish(CONNECT, text({ device: "Meter 1" }));
  const id = await live.deviceId("Meter 1");
  const send = async (fields: object) => {
    const body = text({ method: "m", timeout: 60_000, ...fields });
    return await live.send(`/api/rpc/oneway/${id}`, { method: "POST", token: live.admin, body });
  };
  const { rpcId } = JSON.parse((await send({ persistent: true })).body);
  await gateway.next("publish");
  expect((await send({})).status).toBe(200);
  await gateway.next("publish");
  const row = await live.send(`/api/rpc/persistent/${rpcId}`, { token: live.admin });
  expect(JSON.parse(row.body).status).toBe("QUEUED");
});
