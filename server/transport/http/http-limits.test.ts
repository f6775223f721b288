/** Message limits over HTTP: contract 9.1, S20. */
import { expect, onTestFinished, test } from "vitest";
import { type HttpReply, type LiveServer, startLiveServer } from "../../testing/live-server.ts";

const DEVICE = "/api/v1/A1_TEST_TOKEN";
const WALL_MS = 200;

/** Takes so many messages, and fills again so slowly that no test sees it. */
async function start(messages: number): Promise<LiveServer> {
  const live = await startLiveServer({ deviceMessageLimits: `${messages}:1000000`, wallMs: WALL_MS });
  onTestFinished(() => live.server.close());
  return live;
}

const post = (live: LiveServer, feature: string, body: string): Promise<HttpReply> =>
  live.send(`${DEVICE}/${feature}`, { method: "POST", body });

test.each([
  ["rpc/7", "1"],
  ["telemetry", '{"t":1}'],
  ["attributes", '{"a":1}'],
  ["claim", "{}"],
])("%s: 500 without a body", async (feature, body) => {
  const live = await start(1);
  expect((await post(live, feature, body)).status).toBe(200);
  expect(await post(live, feature, body)).toMatchObject({ status: 500, body: "" });
  expect((await live.send("/api/v1/A2_TEST_TOKEN/rpc/7", { method: "POST", body: "1" })).status).toBe(200);
});

test("what cannot be read costs nothing", async () => {
  const live = await start(1);
  expect((await post(live, "rpc/x", "1")).status).toBe(400);
  expect((await post(live, "rpc", '{"method":')).status).toBe(500);
  expect((await post(live, "rpc/7", "1")).status).toBe(200);
});

test("a reply too many is no answer", async () => {
  // The poll, and that its command was delivered.
  const live = await start(2);
  const id = await live.deviceId("Test Device A1");
  const poll = live.send(`${DEVICE}/rpc`);
  await expect.poll(() => live.server.totals().sessions, { interval: 1 }).toBe(1);
  const body = '{"method":"m","timeout":100}';
  const waiting = live.send(`/api/rpc/twoway/${id}`, { method: "POST", token: live.admin, body });
  const command = JSON.parse((await poll).body);
  expect((await post(live, `rpc/${command.id}`, "1")).status).toBe(500);
  expect((await waiting).status).toBe(504);
});

test("a poll too many is no subscriber, has no timer, and hangs until the wall", async () => {
  const live = await start(1);
  expect((await live.send(`${DEVICE}/rpc?timeout=1`)).status).toBe(408);
  const from = performance.now();
  const poll = live.send(`${DEVICE}/rpc?timeout=1`);
  const id = await live.deviceId("Test Device A1");
  const body = '{"method":"m","timeout":50}';
  const call = await live.send(`/api/rpc/oneway/${id}`, { method: "POST", token: live.admin, body });
  expect(call.status).toBe(504);
  expect(await poll).toMatchObject({ status: 503 });
  expect(performance.now() - from).toBeGreaterThanOrEqual(WALL_MS - 2);
});

test("a device's own call too many is not made, and hangs as well", async () => {
  const live = await start(1);
  const echo = '{"method":"echo","params":1}';
  expect(await post(live, "rpc", echo)).toMatchObject({ status: 200, body: "1" });
  expect((await post(live, "rpc", echo)).status).toBe(503);
});
