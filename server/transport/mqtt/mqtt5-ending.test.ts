/** Why the server ends a connection, and what MQTT 5 is told (contract 6.2). */
import { describe, expect, test } from "vitest";
import { startLiveServer } from "../../testing/live-server.ts";
import { RawDevice, subscribedDevice } from "../../testing/raw-device.ts";

describe("the server ends a connection", () => {
  test("of a deleted device: DISCONNECT 0x98", async () => {
    const live = await startLiveServer();
    const made = await live.send("/api/device?accessToken=GONE_5", {
      method: "POST",
      token: live.admin,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name: "to be deleted", type: "default" }),
    });
    const { id: made5 } = JSON.parse(made.body) as { id: { id: string } };
    const device = new RawDevice(live.server.mqttPort, 5);
    await device.connect({ username: "GONE_5" });
    await live.send(`/api/device/${made5.id}`, { method: "DELETE", token: live.admin });
    expect(await device.next("disconnect")).toMatchObject({ reasonCode: 0x98 });
    await device.closed;
    await live.server.close();
  });

  test("of a silent device: DISCONNECT 0xA0; a PINGREQ is not silence, what it is sent is", async () => {
    const impatient = await startLiveServer({ inactivityTimeoutMs: 1_000 });
    const a1 = await impatient.deviceId("Test Device A1");
    const silent = await subscribedDevice(impatient.server.mqttPort, "A1_TEST_TOKEN", 0, 5);
    const old = await subscribedDevice(impatient.server.mqttPort, "A2_TEST_TOKEN", 0, 4);
    const lively = await subscribedDevice(impatient.server.mqttPort, "A3_TEST_TOKEN", 0, 5);
    const pings = setInterval(() => {
      lively.send({ cmd: "pingreq" });
      void impatient.send(`/api/rpc/oneway/${a1}`, { method: "POST", token: impatient.admin, body: '{"method":"m"}' });
    }, 50);
    expect(await silent.next("disconnect")).toMatchObject({ reasonCode: 0xa0 });
    await old.closed;
    clearInterval(pings);
    expect(lively.unread("disconnect")).toBe(0);
    lively.socket.destroy();
    await impatient.server.close();
  });

  test("because it stops: DISCONNECT 0x8B", async () => {
    const short = await startLiveServer();
    const device = await subscribedDevice(short.server.mqttPort, "A1_TEST_TOKEN", 1, 5);
    await Promise.all([short.server.close(), device.closed]);
    expect(await device.next("disconnect")).toMatchObject({ reasonCode: 0x8b });
  });
});
