import { afterEach, expect, test } from "vitest";
import { type HttpReply, type LiveServer, startLiveServer } from "../testing/live-server.ts";
import { subscribedDevice } from "../testing/raw-device.ts";
import { newTenant, type RestClient, restClient } from "../testing/rest-client.ts";

let live: LiveServer;
afterEach(() => live.server.close());

const UUID = "b0f6a8e2-3c5d-4e7f-8a90-1b2c3d4e5f60";

/** Two calls with one requestUUID, of which the device answers the first. */
async function twoCalls(): Promise<[HttpReply, HttpReply]> {
  const device = await subscribedDevice(live.server.mqttPort, "A1_TEST_TOKEN");
  const id = await live.deviceId("Test Device A1");
  const call = (method: string): Promise<HttpReply> =>
    live.send(`/api/rpc/twoway/${id}`, {
      method: "POST",
      token: live.admin,
      body: JSON.stringify({ method, requestUUID: UUID, timeout: 400 }),
    });
  const first = call("first");
  const request = await device.next("publish");
  const second = call("second");
  await device.next("publish");
  await device.publish(request.topic.replace("request", "response"), '"of the first"');
  const replies = await Promise.all([first, second]);
  device.socket.destroy();
  return replies;
}

test("a requestUUID that is used twice mixes nothing up", async () => {
  live = await startLiveServer();
  const [first, second] = await twoCalls();
  expect([first.status, first.body, second.status]).toEqual([200, '"of the first"', 504]);
});

/** Another tenant with one device, whose access token is `other-token`. */
async function otherTenant(): Promise<{ readonly other: RestClient; readonly theirs: string }> {
  const other = restClient(live, (await newTenant(live, "Other")).token);
  return { other, theirs: await other.make("/api/device?accessToken=other-token", { name: "Other device" }) };
}

test("a persistent call goes on when another tenant's with its requestUUID is deleted", async () => {
  live = await startLiveServer();
  const { other, theirs } = await otherTenant();
  const body = { method: "m", persistent: true, timeout: 60_000, requestUUID: UUID };
  expect((await other.post(`/api/rpc/twoway/${theirs}`, body)).json).toEqual({ rpcId: UUID });
  const mine = restClient(live, live.admin);
  const own = await live.deviceId("Test Device A1");
  expect((await mine.post(`/api/rpc/twoway/${own}`, body)).json).toEqual({ rpcId: UUID });
  expect((await other.delete(`/api/rpc/persistent/${UUID}`)).status).toBe(200);
  const device = await subscribedDevice(live.server.mqttPort, "A1_TEST_TOKEN");
  await device.answer('"mine"');
  while ((await mine.get(`/api/rpc/persistent/${UUID}`)).json.status !== "SUCCESSFUL");
  device.socket.destroy();
});

test("a requestUUID that two tenants use mixes nothing up", async () => {
  live = await startLiveServer();
  const { other, theirs } = await otherTenant();
  const device = await subscribedDevice(live.server.mqttPort, "other-token");
  const body = { method: "m", timeout: 5_000, requestUUID: UUID };
  const answered = other.post(`/api/rpc/twoway/${theirs}`, body);
  const request = await device.next("publish");
  const own = await live.deviceId("Test Device A1");
  const silent = await restClient(live, live.admin).post(`/api/rpc/twoway/${own}`, { ...body, timeout: 50 });
  await device.publish(request.topic.replace("request", "response"), '"theirs"');
  const { status, body: answer } = await answered;
  expect([silent.status, silent.body, status, answer]).toEqual([504, "", 200, '"theirs"']);
  device.socket.destroy();
});

test("with the quirk, the second caller gets the first one's answer, and the first one meets the wall", async () => {
  live = await startLiveServer({ quirks: ["request-uuid-overwrite"], wallMs: 700 });
  const [first, second] = await twoCalls();
  expect([second.status, second.body]).toEqual([200, '"of the first"']);
  expect([first.status, JSON.parse(first.body).message]).toEqual([500, "Request timeout"]);
});
