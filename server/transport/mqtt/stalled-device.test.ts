import { expect, onTestFinished, test } from "vitest";
import { type HttpReply, startLiveServer } from "../../testing/live-server.ts";
import { type RawDevice, subscribedDevice } from "../../testing/raw-device.ts";

/** 25 MB: more than the kernel's buffers of both ends hold. A few small messages would pass unnoticed. */
const STALLED_CALLS = 400;
const LARGE = "x".repeat(64 * 1_024);

interface Stalled {
  readonly totals: () => { readonly drained: number; readonly sessions: number };
  readonly callStalled: () => Promise<HttpReply>;
  readonly callHealthy: () => Promise<HttpReply>;
}

/** A server with a device that reads nothing and has been sent too much, and a healthy one. */
async function startStalled(drainTimeoutMs: number): Promise<Stalled> {
  const live = await startLiveServer({ drainTimeoutMs });
  const call = (device: string | undefined, type: string, params: string): Promise<HttpReply> =>
    live.send(`/api/rpc/${type}/${device}`, {
      method: "POST",
      token: live.admin,
      body: JSON.stringify({ method: "m", params, timeout: 2_000 }),
    });
  const [stalledId, healthyId] = await Promise.all(["Test Device A1", "Test Device A2"].map(live.deviceId));
  const stalled: RawDevice = await subscribedDevice(live.server.mqttPort, "A1_TEST_TOKEN", 0);
  const healthy: RawDevice = await subscribedDevice(live.server.mqttPort, "A2_TEST_TOKEN", 0);
  onTestFinished(async () => {
    for (const device of [stalled, healthy]) device.socket.destroy();
    await live.server.close();
  });
  stalled.socket.pause();
  for (let i = 0; i < STALLED_CALLS && live.server.totals().drained === 0; i++) await call(stalledId, "oneway", LARGE);
  return {
    totals: live.server.totals,
    callStalled: () => call(stalledId, "oneway", "small"),
    callHealthy: async () => {
      const waiting = call(healthyId, "twoway", "small");
      await healthy.answer("1");
      return await waiting;
    },
  };
}

test("a device that has stopped reading delays nobody else while it is tolerated", async () => {
  const { totals, callHealthy } = await startStalled(600_000);
  for (let i = 0; i < 20; i++) expect((await callHealthy()).status).toBe(200);
  expect(totals()).toMatchObject({ drained: 0, sessions: 2 });
});

test("a device that stays full for the drain timeout is disconnected and counted", async () => {
  const { totals, callHealthy, callStalled } = await startStalled(500);
  while (totals().drained === 0) expect((await callHealthy()).status).toBe(200);
  expect(totals()).toMatchObject({ drained: 1, sessions: 1 });
  expect((await callStalled()).status).toBe(504);
});
