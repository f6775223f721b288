import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, onTestFinished, test } from "vitest";
import { type LiveServer, startLiveServer } from "../testing/live-server.ts";
import { subscribedDevice } from "../testing/raw-device.ts";
import { restClient } from "../testing/rest-client.ts";

let live: LiveServer;
afterEach(() => live.server.close());

const call = async (name: string, timeout: number) =>
  live.send(`/api/rpc/twoway/${await live.deviceId(name)}`, {
    method: "POST",
    token: live.admin,
    body: JSON.stringify({ method: "m", timeout }),
  });

/** Value of one series of /metrics. */
async function metric(series: string): Promise<number> {
  const { body, type } = await live.send("/metrics");
  expect(type).toContain("text/plain");
  const line = body.split("\n").find((text) => text.startsWith(`${series} `));
  return Number(line?.slice(series.length));
}

test("metrics count what happened, and a second reading the same", async () => {
  live = await startLiveServer();
  const device = await subscribedDevice(live.server.mqttPort, "A1_TEST_TOKEN");
  const answered = call("Test Device A1", 5_000);
  expect((await device.next("publish")).topic).toContain("/0");
  expect(await metric("rpcfleet_calls_in_flight")).toBe(1);
  await device.publish("v1/devices/me/rpc/response/0", "1");
  await device.publish("v1/devices/me/rpc/response/0", "1");
  await answered;
  await call("Test Device A2", 60);
  for (let reading = 0; reading < 2; reading++) {
    expect(await metric('rpcfleet_calls_total{settlement="reply"}')).toBe(1);
    expect(await metric('rpcfleet_calls_total{settlement="no_connection"}')).toBe(1);
    expect(await metric('rpcfleet_strays_total{kind="duplicate"}')).toBe(1);
    expect(await metric("rpcfleet_device_sessions")).toBe(1);
    expect(await metric("rpcfleet_call_duration_seconds_count")).toBe(2);
    expect(await metric('rpcfleet_call_duration_seconds_bucket{le="0.05"}')).toBeLessThanOrEqual(1);
    expect(await metric("rpcfleet_event_loop_delay_max_seconds")).toBeGreaterThanOrEqual(0);
  }
  device.socket.destroy();
});

test("persistent calls are counted by status: those that are not ended, and every change", async () => {
  const dataFolder = await mkdtemp(join(tmpdir(), "rpcfleet-metrics-"));
  onTestFinished(() => rm(dataFolder, { recursive: true }));
  live = await startLiveServer({ dataFolder });
  const client = restClient(live, live.admin);
  const own = await client.make("/api/device?accessToken=short-lived", { name: "Short-lived" });
  const ids = { A1: await live.deviceId("Test Device A1"), own };
  const submit = (device: string, body: object = {}, type = "twoway") =>
    client.post(`/api/rpc/${type}/${device}`, { method: "m", persistent: true, timeout: 60_000, ...body });
  const unfinished = (status: string) => metric(`rpcfleet_persistent_calls{status="${status}"}`);
  const changes = (status: string) => metric(`rpcfleet_persistent_calls_total{status="${status}"}`);
  const device = await subscribedDevice(live.server.mqttPort, "A1_TEST_TOKEN");
  await submit(ids.A1);
  const request = await device.next("publish");
  expect([await unfinished("QUEUED"), await unfinished("SENT"), await unfinished("DELIVERED")]).toEqual([0, 1, 0]);
  device.send({ cmd: "puback", messageId: request.messageId as number });
  while ((await unfinished("DELIVERED")) === 0);
  await device.publish(request.topic.replace("request", "response"), "1");
  await submit(ids.A1, {}, "oneway");
  const { messageId } = await device.next("publish");
  device.send({ cmd: "puback", messageId: messageId as number });
  while ((await changes("DELIVERED")) < 2);
  await submit(ids.own);
  await submit(ids.own, { expirationTime: 1 });
  while ((await changes("EXPIRED")) === 0);
  const all = ["QUEUED", "SENT", "DELIVERED", "TIMEOUT", "SUCCESSFUL", "EXPIRED", "FAILED"];
  expect(await Promise.all(all.map(changes))).toEqual([4, 2, 2, 0, 1, 1, 0]);
  expect(await Promise.all(all.slice(0, 4).map(unfinished))).toEqual([1, 0, 0, 0]);
  device.socket.destroy();
  await live.server.close();
  live = await startLiveServer({ dataFolder });
  expect([await unfinished("QUEUED"), await changes("QUEUED")]).toEqual([1, 0]);
  expect((await restClient(live, live.admin).delete(`/api/device/${own}`)).status).toBe(200);
  expect(await unfinished("QUEUED")).toBe(0);
});

test("a server that stops answers who waits, refuses who comes, and says it is not ready", async () => {
  live = await startLiveServer({ shutdownGraceMs: 10_000 });
  expect((await live.send("/api/noauth/ready")).status).toBe(200);
  const device = await subscribedDevice(live.server.mqttPort, "A1_TEST_TOKEN");
  const waiting = call("Test Device A1", 5_000);
  const request = await device.next("publish");
  const id = await live.deviceId("Test Device A2");
  const closing = live.server.close();
  expect((await live.send("/api/noauth/ready")).status).toBe(503);
  expect((await live.send("/api/noauth/health")).status).toBe(200);
  expect((await live.send(`/api/rpc/oneway/${id}`, { method: "POST", token: live.admin, body: "{}" })).status).toBe(
    503,
  );
  await device.publish(request.topic.replace("request", "response"), '"done"');
  expect(await waiting).toMatchObject({ status: 200, body: '"done"' });
  await closing;
});

test("callers who wait longer than the server's patience are told", async () => {
  live = await startLiveServer({ shutdownGraceMs: 30 });
  const waiting = call("Test Device A1", 5_000);
  while ((await metric("rpcfleet_calls_in_flight")) === 0);
  await live.server.close();
  expect((await waiting).status).toBe(503);
});
