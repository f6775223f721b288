import { expect, test } from "vitest";
import { startLiveServer } from "../testing/live-server.ts";
import { subscribedDevice } from "../testing/raw-device.ts";

const STALLED_CALLS = 400;
const LARGE = "x".repeat(64 * 1_024);

test("a device that stops reading is disconnected and delays nobody else", async () => {
  const live = await startLiveServer({ drainTimeoutMs: 300 });
  const call = (device: string, type: string, params: string) =>
    live.send(`/api/rpc/${type}/${device}`, {
      method: "POST",
      token: live.admin,
      body: JSON.stringify({ method: "m", params, timeout: 2_000 }),
    });
  const [stalledId, healthyId] = await Promise.all(["Test Device A1", "Test Device A2"].map(live.deviceId));
  const stalled = await subscribedDevice(live.server.mqttPort, "A1_TEST_TOKEN", 0);
  const healthy = await subscribedDevice(live.server.mqttPort, "A2_TEST_TOKEN", 0);
  stalled.socket.pause();
  // More than the kernel's buffers of both ends hold: a few small messages would pass unnoticed.
  const flood = Array.from({ length: STALLED_CALLS }, () => call(stalledId as string, "oneway", LARGE));
  let answered = 0;
  do {
    const waiting = call(healthyId as string, "twoway", "small");
    await healthy.answer("1");
    expect((await waiting).status).toBe(200);
    answered++;
  } while (live.server.totals().drained === 0);
  expect(answered).toBeGreaterThan(10);
  expect(live.server.totals()).toMatchObject({ drained: 1, sessions: 1 });
  await Promise.all(flood);
  expect((await call(stalledId as string, "oneway", "small")).status).toBe(504);
  for (const device of [stalled, healthy]) device.socket.destroy();
  await live.server.close();
});
