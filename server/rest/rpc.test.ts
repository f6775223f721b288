import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type HttpReply, type LiveServer, startLiveServer } from "../testing/live-server.ts";
import { type RawDevice, subscribedDevice } from "../testing/raw-device.ts";

const UNKNOWN_ID = "00000000-0000-4000-8000-000000000000";
const LIMIT_BYTES = 4_000;

function expectError(reply: HttpReply, status: number, errorCode: number, message?: string): void {
  expect(reply.type).toBe("application/json");
  const json = JSON.parse(reply.body) as Record<string, unknown>;
  expect(json).toMatchObject({ status, errorCode });
  expect(Object.keys(json).sort()).toEqual(["errorCode", "message", "status", "timestamp"]);
  if (message !== undefined) expect(json.message).toBe(message);
  expect(reply.status).toBe(status);
}

const FAMILIES = [
  { path: "/api/plugins/rpc", timeout: 408, noConnection: 409 },
  { path: "/api/rpc", timeout: 504, noConnection: 504 },
] as const;

describe.each(FAMILIES)("outcomes of $path", ({ path, timeout, noConnection }) => {
  let live: LiveServer;
  let device: RawDevice;
  let id: string;
  let offline: string;
  const call = (type: string, target: string, body: string, token: string | undefined = live.admin) =>
    live.send(`${path}/${type}/${target}`, { method: "POST", token, body });
  const body = JSON.stringify({ method: "read", params: { a: 1 }, timeout: 60 });

  beforeAll(async () => {
    live = await startLiveServer({ wallMs: 1_100, maxPayloadBytes: LIMIT_BYTES });
    device = await subscribedDevice(live.server.mqttPort, "A1_TEST_TOKEN");
    id = await live.deviceId("Test Device A1");
    offline = await live.deviceId("Test Device B1");
  });
  afterAll(async () => {
    device.socket.destroy();
    await live.server.close();
  });

  test.each([
    ['{"bar": 1.8}', 200, '{"bar":1.8}'],
    ["[1, 2]", 200, "[1,2]"],
    ['"a b"', 200, '"a b"'],
    ["17", 200, "17"],
    ["true", 200, "true"],
    ["null", 200, "null"],
    ['{"error":"no"}', 200, '{"error":"no"}'],
    ['{"big":9007199254740993}', 200, '{"big":9007199254740993}'],
    ["12 apples", 200, "12"],
    ["", 200, ""],
    ["pump stopped", 406, ""],
    ['{"a":', 406, ""],
  ])("a two-way reply %j is %i %j", async (reply, status, answer) => {
    const waiting = call("twoway", id, JSON.stringify({ method: "read", timeout: 5_000 }));
    await device.answer(reply);
    const got = await waiting;
    expect(got).toEqual({ status, body: answer, type: answer === "" ? undefined : "application/json" });
  });

  test("one-way handed over is 200 and empty", async () => {
    const waiting = call("oneway", id, body);
    expect((await device.next("publish")).payload.toString()).toBe('{"method":"read","params":{"a":1}}');
    expect(await waiting).toEqual({ status: 200, body: "", type: undefined });
  });

  test("handed over and no reply is the timeout status, empty", async () => {
    const waiting = call("twoway", id, body);
    await device.next("publish");
    expect(await waiting).toEqual({ status: timeout, body: "", type: undefined });
  });

  test.each(["oneway", "twoway"])("%s to a device without a connection is the no-connection status", async (type) => {
    expect(await call(type, offline, body)).toEqual({ status: noConnection, body: "", type: undefined });
  });

  test("a timeout below the minimum is raised to it, the default is for a call that names none", async () => {
    const started = performance.now();
    expect((await call("twoway", offline, '{"method":"m","timeout":1}')).status).toBe(noConnection);
    expect(performance.now() - started).toBeGreaterThanOrEqual(49);
  });

  test("an expirationTime in the past is the timeout status after a second", async () => {
    const started = performance.now();
    const reply = await call("twoway", offline, '{"method":"m","timeout":60,"expirationTime":null}');
    expect(reply).toEqual({ status: timeout, body: "", type: undefined });
    expect(performance.now() - started).toBeGreaterThanOrEqual(999);
  });

  test("a timeout beyond the wall is 500 at the wall, and the late reply is a stray", async () => {
    const before = live.server.totals().strays.late;
    const waiting = call("twoway", id, '{"method":"m","timeout":5000}');
    const { topic } = await device.next("publish");
    expectError(await waiting, 500, 2, "Request timeout");
    await device.publish(topic.replace("request", "response"), "1");
    expect(live.server.totals().strays.late).toBe(before + 1);
  });

  test("malformed requests have the rows of 4.5", async () => {
    const bad = "Invalid request body";
    expectError(await call("oneway", "not-a-uuid", body), 400, 31, "Invalid UUID string: not-a-uuid");
    expectError(await call("twoway", id, '{"method": "openValve",'), 400, 31, bad);
    expectError(await call("twoway", id, '{"method":"m","requestUUID":"x"}'), 400, 31, bad);
    expectError(await call("twoway", id, '{"method":"m","requestUUID":null}'), 400, 31, bad);
    for (const text of ['{"params":{}}', "[]", '"x"', "5", "null"]) {
      expectError(await call("twoway", id, text), 500, 2);
    }
    const empty = await call("twoway", "not-a-uuid", "");
    expectError(empty, 500, 2);
    expect(JSON.parse(empty.body).message).toMatch(/^Required request body is missing/);
  });

  test("a bad body wins over an unknown device", async () => {
    expectError(await call("twoway", UNKNOWN_ID, "{"), 400, 31);
  });

  test("an unknown device is 404 in plain text, also under a short id", async () => {
    for (const target of [UNKNOWN_ID, "1-2-3-4-5"]) {
      const reply = await call("twoway", target, body);
      expect(reply.status).toBe(404);
      expect(reply.body).toBe("Device with requested id wasn't found!");
      expect(reply.type).toBe("text/plain;charset=UTF-8");
    }
  });

  test("another customer's device and the system administrator are 403 in plain text", async () => {
    const customer = await live.login("customer@thingsboard.org", "customer");
    const other = await call("twoway", offline, body, customer);
    expect(other).toEqual({
      status: 403,
      body: "You don't have permission to perform this operation!",
      type: "text/plain;charset=UTF-8",
    });
    const own = call("twoway", id, body, customer);
    await device.answer("1");
    expect((await own).status).toBe(200);
    const system = await call("twoway", id, body, await live.login("sysadmin@thingsboard.org", "sysadmin"));
    expect(system.status).toBe(403);
    expect(system.body).toBe("System administrator is not allowed to perform this operation!");
  });

  test("the wrong verb is 405, after authentication", async () => {
    expectError(await live.send(`${path}/oneway/${id}`, { token: live.admin }), 405, 31);
    expectError(await live.send(`${path}/oneway/${id}`), 401, 10, "Authentication failed");
  });

  test("a body of the limit passes, one byte more is 413 as a JSON string", async () => {
    const start = '{"method":"m","timeout":50,"params":"';
    const fit = `${start}${"x".repeat(LIMIT_BYTES - start.length - 2)}"}`;
    expect((await call("twoway", offline, fit)).status).toBe(noConnection);
    const over = await call("twoway", offline, `${fit} `);
    expect(over.status).toBe(413);
    expect(over.body).toBe(`"Payload size exceeds the limit of ${LIMIT_BYTES} bytes"`);
  });

  test("a caller that goes away cancels its call", async () => {
    const before = live.server.totals();
    const caller = new AbortController();
    const aborted = fetch(`${live.server.httpUrl}${path}/twoway/${id}`, {
      method: "POST",
      headers: { "x-authorization": `Bearer ${live.admin}` },
      body: '{"method":"m","timeout":5000}',
      signal: caller.signal,
    });
    const { topic } = await device.next("publish");
    caller.abort();
    await expect(aborted).rejects.toThrow();
    // Each answered call is a turn of the server's loop; the connection's end is seen within some of them.
    while (live.server.totals().settled.cancelled === before.settled.cancelled) await live.send("/api/noauth/health");
    await device.publish(topic.replace("request", "response"), "1");
    expect(live.server.totals().strays.late).toBe(before.strays.late + 1);
    expect(live.server.totals().pending).toBe(before.pending);
  });
});

describe("Tempus", () => {
  let live: LiveServer;
  let device: RawDevice;
  let id: string;
  const call = (path: string, body: string, token = live.admin) =>
    live.send(`/api/plugins/rpc/${path}`, { method: "POST", token, body });

  beforeAll(async () => {
    live = await startLiveServer({ dialect: "tempus" });
    device = await subscribedDevice(live.server.mqttPort, "A1_TEST_TOKEN", 0);
    id = await live.deviceId("Test Device A1");
  });
  afterAll(async () => {
    device.socket.destroy();
    await live.server.close();
  });

  test("the call type may be written in any case, requests are QoS 1 whatever was granted", async () => {
    const waiting = call(`TwoWay/${id}`, '{"method":"m"}');
    const { topic, qos } = await device.next("publish");
    expect(qos).toBe(1);
    await device.publish(topic.replace("request", "response"), '{"a":1}');
    expect(await waiting).toMatchObject({ status: 200, body: '{"a":1}' });
  });

  test("every malformed request is 400 without a word", async () => {
    const bare = { status: 400, body: "", type: undefined };
    expect(await call(`twoway/${id}`, "{")).toEqual(bare);
    expect(await call(`twoway/${id}`, '{"params":1}')).toEqual(bare);
    expect(await call(`twoway/${id}`, "")).toEqual(bare);
    expect(await call("twoway/not-a-uuid", '{"method":"m"}')).toEqual(bare);
    expect(await call(`threeway/${id}`, '{"method":"m"}')).toEqual(bare);
  });

  test("an offline device is 408; another customer's has its own text; /api/rpc does not exist", async () => {
    const offline = await live.deviceId("Test Device B1");
    expect((await call(`oneway/${offline}`, '{"method":"m","timeout":50}')).status).toBe(408);
    const customer = await live.login("bob.jones@hashmapinc.com", "driller");
    const refused = await call(`twoway/${offline}`, '{"method":"m"}', customer);
    expect(refused.status).toBe(403);
    expect(refused.body).toBe("Device doesn't belong to the current Customer!");
    expect((await live.send(`/api/rpc/twoway/${id}`, { method: "POST", token: live.admin, body: "{}" })).status).toBe(
      404,
    );
  });
});
