import { once } from "node:events";
import { Agent, type CoapRequestParams, type IncomingMessage, type ObserveReadStream, request } from "coap";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import type { ServerOptions } from "../../options.ts";
import { startServer } from "../../server.ts";
import { type HttpReply, type LiveServer, startLiveServer } from "../../testing/live-server.ts";
import { ALLOW, saveProfile } from "../../testing/provision-profile.ts";
import { RawCoapDevice } from "../../testing/raw-coap-device.ts";

const RPC = "api/v1/A1_TEST_TOKEN/rpc";

async function start(options: ServerOptions = {}): Promise<LiveServer> {
  const live = await startLiveServer({ coapPort: 0, ...options });
  onTestFinished(() => live.server.close());
  return live;
}

function rawDevice(live: LiveServer): RawCoapDevice {
  const device = new RawCoapDevice(live.server.coapPort as number);
  onTestFinished(() => device.close());
  return device;
}

/** Sends a request from a port of its own; resolves with the response, of an observation with the first one. */
async function send(
  live: LiveServer,
  path: string,
  params: CoapRequestParams = {},
  body = "",
): Promise<IncomingMessage> {
  const host = "127.0.0.1";
  const sent = request({
    host,
    port: live.server.coapPort as number,
    pathname: `/${path}`,
    agent: new Agent({ type: "udp4" }),
    ...params,
  });
  sent.end(body);
  const [response] = await once(sent, "response");
  return response;
}

const post = (live: LiveServer, path: string, body: string): Promise<IncomingMessage> =>
  send(live, path, { method: "POST" }, body);

async function call(live: LiveServer, kind: "oneway" | "twoway", fields: object = {}): Promise<HttpReply> {
  const id = await live.deviceId("Test Device A1");
  const body = JSON.stringify({ method: "readPressure", timeout: 5_000, ...fields });
  return await live.send(`/api/rpc/${kind}/${id}`, { method: "POST", token: live.admin, body });
}

async function persistentCall(live: LiveServer, fields: object = {}): Promise<() => Promise<string>> {
  const { rpcId } = JSON.parse((await call(live, "twoway", { persistent: true, ...fields })).body);
  return async () => JSON.parse((await live.send(`/api/rpc/persistent/${rpcId}`, { token: live.admin })).body).status;
}

describe("an observation", () => {
  test("begins with 2.03 and brings each command as a notification; a reply is the caller's answer", async () => {
    const live = await start();
    const stream = (await send(live, RPC, { observe: true })) as ObserveReadStream;
    expect(stream).toMatchObject({ code: "2.03", headers: { Observe: 0 } });
    for (const count of [1, 2]) {
      const waiting = call(live, "twoway", { params: { count } });
      const [payload] = await vi.waitUntil(() => heard(stream), { interval: 1 });
      const { id, ...rest } = JSON.parse(payload as string);
      expect(rest).toEqual({ method: "readPressure", params: { count } });
      expect(stream).toMatchObject({ code: "2.05", headers: { Observe: count } });
      expect((await post(live, `${RPC}/${id}`, `{"bar":${count}}`)).code).toBe("2.01");
      expect(await waiting).toMatchObject({ status: 200, body: `{"bar":${count}}` });
    }
    stream.close();
  });

  test("ends with a GET of the same token and Observe 1", async () => {
    const live = await start();
    const device = rawDevice(live);
    device.observe("con", RPC, 0);
    expect(await device.next()).toMatchObject({ type: "ack", code: "2.03", observe: 0, payload: "" });
    device.observe("con", RPC, 1, "other");
    expect(await device.next()).toMatchObject({ type: "ack", code: "2.02", token: "other" });
    expect(live.server.totals().sessions).toBe(1);
    device.observe("con", RPC, 1);
    expect(await device.next()).toMatchObject({ type: "ack", code: "2.02", token: "t1", observe: undefined });
    expect(live.server.totals().sessions).toBe(0);
    expect((await call(live, "oneway", { timeout: 50 })).status).toBe(504);
  });

  test("is replaced by one with another token and hears 2.02; the same token only renews it", async () => {
    const live = await start();
    const device = rawDevice(live);
    device.observe("con", RPC, 0);
    await device.next();
    device.observe("con", RPC, 0);
    expect(await device.next()).toMatchObject({ code: "2.03", token: "t1" });
    device.observe("con", RPC, 0, "t2");
    expect(await device.next()).toMatchObject({ type: "con", code: "2.02", token: "t1", observe: undefined });
    expect(await device.next()).toMatchObject({ code: "2.03", token: "t2" });
    expect((await call(live, "oneway")).status).toBe(200);
    expect(await device.next()).toMatchObject({ code: "2.05", token: "t2", observe: 1 });
    expect(live.server.totals().sessions).toBe(1);
  });

  test("is confirmable like its GET: delivered when acknowledged", async () => {
    const live = await start();
    const device = rawDevice(live);
    device.observe("con", RPC, 0);
    await device.next();
    const status = await persistentCall(live);
    const notification = await device.next();
    expect(notification).toMatchObject({ type: "con", code: "2.05", observe: 1 });
    expect(await status()).toBe("SENT");
    device.answer("ack", notification);
    await expect.poll(status, { interval: 1 }).toBe("DELIVERED");
  });

  test("without an acknowledgement in time the request fails", async () => {
    const live = await start({ ackTimeoutMs: 50 });
    const device = rawDevice(live);
    device.observe("con", RPC, 0);
    await device.next();
    const status = await persistentCall(live, { retries: 0 });
    await device.next();
    await expect.poll(status, { interval: 5 }).toBe("FAILED");
  });

  test("is not confirmable like its GET: delivered when sent", async () => {
    const live = await start();
    const device = rawDevice(live);
    device.observe("non", RPC, 0);
    expect(await device.next()).toMatchObject({ type: "non", code: "2.03", observe: 0 });
    const status = await persistentCall(live);
    expect(await device.next()).toMatchObject({ type: "non", code: "2.05", observe: 1 });
    expect(await status()).toBe("DELIVERED");
  });

  test.each(["con", "non"] as const)("ends when the device rejects a %s notification", async (type) => {
    const live = await start();
    const device = rawDevice(live);
    device.observe(type, RPC, 0);
    await device.next();
    expect((await call(live, "oneway")).status).toBe(200);
    device.answer("reset", await device.next());
    await expect.poll(() => live.server.totals().sessions, { interval: 1 }).toBe(0);
  });

  test("a command longer than one message is answered in the device's place", async () => {
    const live = await start();
    const device = rawDevice(live);
    device.observe("non", RPC, 0);
    await device.next();
    const reply = await call(live, "twoway", { params: "x".repeat(1_200) });
    expect(reply.status).toBe(406);
    expect((await call(live, "oneway", { params: "short" })).status).toBe(200);
    expect((await device.next()).payload).toContain("short");
  });

  test("ends with 2.02 when the device connects another way", async () => {
    const live = await start();
    const device = rawDevice(live);
    device.observe("non", RPC, 0);
    await device.next();
    expect((await live.send("/api/v1/A1_TEST_TOKEN/rpc?timeout=20")).status).toBe(408);
    expect(await device.next()).toMatchObject({ code: "2.02", token: "t1" });
  });
});

describe("answers", () => {
  let live: LiveServer;
  beforeAll(async () => {
    live = await startLiveServer({ coapPort: 0 });
  });
  afterAll(() => live.server.close());

  test.each([
    ["GET", RPC, "", "4.00"],
    ["GET", "api/v1/A1_TEST_TOKEN/telemetry", "", "4.00"],
    ["GET", "api/v1/A1_TEST_TOKEN/attributes", "", "4.04"],
    ["GET", "api/v1/nobody/attributes", "", "4.01"],
    ["GET", "api/v1/A1_TEST_TOKEN", "", "4.00"],
    ["GET", "api/v1/A1_TEST_TOKEN/nothing", "", "4.00"],
    ["GET", "elsewhere", "", "4.04"],
    ["PUT", "api/v1/A1_TEST_TOKEN/telemetry", "{}", "4.05"],
    ["POST", "api/v1/nobody/telemetry", "{}", "4.01"],
    ["POST", "api/v1/telemetry", "{}", "4.01"],
    ["POST", "api/v1/nobody/rpc/1", "{}", "4.01"],
    ["POST", "api/v1/A1_TEST_TOKEN/telemetry", '{"t":1}', "2.01"],
    ["POST", "api/v1/A1_TEST_TOKEN/telemetry", '[{"t":1}]', "2.01"],
    ["POST", "api/v1/A1_TEST_TOKEN/attributes", '{"a":1}', "2.01"],
    ["POST", "api/v1/A1_TEST_TOKEN/telemetry", '{"t":', "4.00"],
    ["POST", `${RPC}/1`, '{"late":true}', "2.01"],
    ["POST", `${RPC}/1`, '"text"', "5.00"],
    ["POST", `${RPC}/1`, "[]", "5.00"],
    ["POST", `${RPC}/1`, "{", "5.00"],
    ["POST", `${RPC}/x`, "{}", "5.00"],
    ["POST", RPC, '{"method":"echo","params":{"a":1}}', '2.05 {"a":1}'],
    ["POST", RPC, '{"params":{}}', "4.00"],
  ] as const)("%s %s %s: %s", async (method, path, body, expected) => {
    const response = await send(live, path, { method }, body);
    expect(`${response.code} ${response.payload}`.trim()).toBe(expected);
  });

  test("provisioning: 2.01 with a device's credentials, 4.00 with what is wrong", async () => {
    const fields = await saveProfile(live, "meter", ALLOW);
    const provision = async (asked: object): Promise<string> => {
      const { code, payload } = await post(live, "api/v1/provision", JSON.stringify(asked));
      return `${code} ${payload}`;
    };
    const wanted = { ...fields, deviceName: "By CoAP", token: "coap-token" };
    const given = '{"credentialsValue":"coap-token","credentialsType":"ACCESS_TOKEN","status":"SUCCESS"}';
    expect(await provision(wanted)).toBe(`2.01 ${given}`);
    expect((await post(live, "api/v1/coap-token/telemetry", '{"t":1}')).code).toBe("2.01");
    expect(await provision(wanted)).toBe('4.00 {"errorMsg":"Failed to provision device!","status":"FAILURE"}');
    expect((await send(live, "api/v1/provision")).code).toBe("4.00");
  });

  test("observing with a wrong token is 4.01", async () => {
    expect((await send(live, "api/v1/nobody/rpc", { observe: true })).code).toBe("4.01");
    expect(live.server.totals().sessions).toBe(0);
  });

  test("a device's own call that no handler answers in time is not answered at all", async () => {
    const live = await start({ coapTimeoutMs: 20, clientRpcTimeoutMs: 60 });
    const device = rawDevice(live);
    device.post(RPC, '{"method":"nobody"}');
    device.post(RPC, '{"method":"getTime"}');
    expect((await device.next()).payload).toContain("time");
    // Began later, so its timeout is later than the other one's would have been.
    const later = await live.send("/api/v1/A2_TEST_TOKEN/rpc", {
      method: "POST",
      body: '{"method":"nobody","params":{}}',
    });
    expect(later.body).toBe('{"error":"timeout"}');
    device.post(RPC, '{"method":"echo"}');
    expect((await device.next()).payload).toBe("null");
    expect(device.unread).toBe(0);
  });
});

test("malformed datagrams leave the server as it was", async () => {
  const live = await start();
  const device = rawDevice(live);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (noise) => {
      device.sendBytes(noise);
      device.sendBytes(Buffer.concat([Buffer.of(0x40, 1, 1, 1), noise]));
    }),
    { numRuns: 100, seed: 7 },
  );
  expect((await post(live, "api/v1/A1_TEST_TOKEN/telemetry", "{}")).code).toBe("2.01");
  expect(live.server.totals()).toMatchObject({ sessions: 0, pending: 0 });
});

test("a busy port is named with its option, and closing answers who waits", async () => {
  const live = await start();
  const waiting = post(live, RPC, '{"method":"nobody","params":{}}');
  await expect(startServer({ httpPort: 0, mqttPort: 0, coapPort: live.server.coapPort })).rejects.toThrow(/coapPort/);
  // Answered after the one that waits has arrived.
  await post(live, "api/v1/A1_TEST_TOKEN/telemetry", "{}");
  await live.server.close();
  expect((await waiting).code).toBe("5.03");
  expect(live.server.coapPort).toBeGreaterThan(0);
});

/** What an observation has brought that is not empty: the first answer is. */
function heard(stream: ObserveReadStream): readonly string[] | undefined {
  for (let chunk = stream.read(); chunk !== null; chunk = stream.read()) {
    if (chunk.length > 0) return [chunk.toString()];
  }
  return undefined;
}
