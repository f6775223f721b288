import { afterEach, expect, test } from "vitest";
import { type HttpReply, type LiveServer, startLiveServer } from "../testing/live-server.ts";
import { subscribedDevice } from "../testing/raw-device.ts";

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

test("with the quirk, the second caller gets the first one's answer, and the first one meets the wall", async () => {
  live = await startLiveServer({ quirks: ["request-uuid-overwrite"], wallMs: 700 });
  const [first, second] = await twoCalls();
  expect([second.status, second.body]).toEqual([200, '"of the first"']);
  expect([first.status, JSON.parse(first.body).message]).toEqual([500, "Request timeout"]);
});
