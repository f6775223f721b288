/** What one device does reaches no other. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LiveServer, startLiveServer } from "../../testing/live-server.ts";
import { RawDevice, subscribedDevice } from "../../testing/raw-device.ts";

const FILTERS = ["rpc/request/+", "rpc/response/+", "attributes", "attributes/response/+"].map(
  (filter) => `v1/devices/me/${filter}`,
);

let live: LiveServer;
let port: number;
const call = (type: "oneway" | "twoway", device: string, timeout = 5_000, method = "m") =>
  live.send(`/api/rpc/${type}/${device}`, {
    method: "POST",
    token: live.admin,
    body: JSON.stringify({ method, timeout }),
  });

beforeAll(async () => {
  live = await startLiveServer();
  port = live.server.mqttPort;
});
afterAll(() => live.server.close());

describe("isolation", () => {
  /** Whatever the device was sent before this call would be read first. */
  const expectNothingBefore = async (device: RawDevice, target: string): Promise<void> => {
    const waiting = call("twoway", target, 5_000, "sentinel");
    const { text } = await device.answer("1");
    expect(text).toContain("sentinel");
    expect((await waiting).status).toBe(200);
  };

  test("no publish, retained message or will of one device reaches another", async () => {
    const target = await live.deviceId("Test Device B1");
    const victim = await subscribedDevice(port, "B1_TEST_TOKEN");
    expect(await victim.subscribe(FILTERS, 1)).toEqual([1, 1, 1, 1]);
    const topics = ["rpc/request/1", "rpc/response/1", "attributes", "attributes/response/1"];
    const attacker = new RawDevice(port);
    const will = { topic: "v1/devices/me/rpc/request/1", payload: Buffer.from("will"), qos: 1, retain: true } as const;
    await attacker.connect({ username: "A1_TEST_TOKEN", will });
    await attacker.subscribe(FILTERS, 1);
    for (const topic of topics)
      await attacker.publish(`v1/devices/me/${topic}`, '{"method":"stolen"}', { retain: true });
    await expectNothingBefore(victim, target);
    expect(attacker.unread("publish")).toBe(0);
    attacker.socket.destroy();
    await attacker.closed;
    await expectNothingBefore(victim, target);
    victim.socket.destroy();
    await victim.closed;
    const back = new RawDevice(port);
    await back.connect({ username: "B1_TEST_TOKEN" });
    await back.subscribe(FILTERS, 1);
    await expectNothingBefore(back, target);
    expect(back.unread("publish")).toBe(0);
    back.socket.destroy();
  });

  test("a reply of another device does not end a call", async () => {
    const target = await live.deviceId("Test Device B1");
    const owner = await subscribedDevice(port, "B1_TEST_TOKEN");
    const other = await subscribedDevice(port, "C1_TEST_TOKEN");
    const waiting = call("twoway", target);
    const { topic } = await owner.next("publish");
    const response = topic.replace("request", "response");
    await other.publish(response, '"forged"');
    await owner.publish(response, '"own"');
    expect((await waiting).body).toBe('"own"');
    for (const device of [owner, other]) device.socket.destroy();
  });
});
