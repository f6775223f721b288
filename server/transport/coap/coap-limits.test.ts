/** Message limits over CoAP (S20): 5.00, whatever it is that was too many. */
import { once } from "node:events";
import { Agent, type CoapRequestParams, type IncomingMessage, request } from "coap";
import { expect, onTestFinished, test } from "vitest";
import { type LiveServer, startLiveServer } from "../../testing/live-server.ts";
import { RawCoapDevice } from "../../testing/raw-coap-device.ts";

const RPC = "api/v1/A1_TEST_TOKEN/rpc";

async function start(messages: number): Promise<LiveServer> {
  const live = await startLiveServer({ coapPort: 0, deviceMessageLimits: `${messages}:1000000` });
  onTestFinished(() => live.server.close());
  return live;
}

async function post(live: LiveServer, path: string, body: string): Promise<IncomingMessage> {
  const to: CoapRequestParams = { host: "127.0.0.1", port: live.server.coapPort as number };
  const sent = request({ ...to, pathname: `/${path}`, method: "POST", agent: new Agent({ type: "udp4" }) });
  sent.end(body);
  const [response] = await once(sent, "response");
  return response;
}

test.each([
  ["a reply", `${RPC}/7`, '{"bar":1.8}', "2.01"],
  ["a device's own call", RPC, '{"method":"echo","params":1}', "2.05"],
  ["telemetry", "api/v1/A1_TEST_TOKEN/telemetry", '{"t":1}', "2.01"],
  ["a claim", "api/v1/A1_TEST_TOKEN/claim", "", "2.01"],
])("%s", async (_name, path, body, code) => {
  const live = await start(1);
  expect((await post(live, path, body)).code).toBe(code);
  const refused = await post(live, path, body);
  expect([refused.code, refused.payload.toString()]).toEqual(["5.00", ""]);
});

test.each(["con", "non"] as const)("a subscription (%s) begins no observation", async (type) => {
  const live = await start(1);
  await post(live, `${RPC}/7`, "{}");
  const device = new RawCoapDevice(live.server.coapPort as number);
  onTestFinished(() => device.close());
  device.observe(type, RPC, 0);
  expect(await device.next()).toMatchObject({ code: "5.00", observe: undefined, payload: "" });
  const body = '{"method":"m","timeout":50}';
  const id = await live.deviceId("Test Device A1");
  const call = await live.send(`/api/rpc/oneway/${id}`, { method: "POST", token: live.admin, body });
  expect([call.status, device.unread, live.server.totals().sessions]).toEqual([504, 0, 0]);
});
