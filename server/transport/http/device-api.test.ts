import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import type { ServerOptions } from "../../options.ts";
import { type HttpReply, type LiveServer, startLiveServer } from "../../testing/live-server.ts";

const RPC = "/api/v1/A1_TEST_TOKEN/rpc";
const LARGEST = 65_536;

async function startServerFor(options: ServerOptions): Promise<LiveServer> {
  const live = await startLiveServer(options);
  onTestFinished(() => live.server.close());
  return live;
}

const post = (live: LiveServer, path: string, body: string): Promise<HttpReply> =>
  live.send(path, { method: "POST", body });

async function call(live: LiveServer, kind: "oneway" | "twoway", body: string): Promise<HttpReply> {
  const id = await live.deviceId("Test Device A1");
  const family = (await live.send("/api/noauth/version")).body.includes("tempus") ? "/api/plugins/rpc" : "/api/rpc";
  return await live.send(`${family}/${kind}/${id}`, { method: "POST", token: live.admin, body });
}

/** Resolves when the server has the given number of open sessions. */
const sessions = (live: LiveServer, count: number): Promise<void> =>
  vi.waitFor(() => expect(live.server.totals().sessions).toBe(count), { interval: 1 });

describe("a ThingsBoard server", () => {
  let live: LiveServer;
  beforeAll(async () => {
    live = await startLiveServer({ clientRpcTimeoutMs: 50 });
  });
  afterAll(() => live.server.close());

  test("a poll brings one command, whose reply is the caller's answer", async () => {
    const waiting = call(live, "twoway", '{"method":"openValve","params":{"n":9007199254740993},"timeout":5000}');
    const poll = await live.send(`${RPC}?timeout=20000`);
    expect(poll).toMatchObject({ status: 200, type: "application/json" });
    const { id } = JSON.parse(poll.body);
    expect(poll.body).toBe(`{"id":${id},"method":"openValve","params":{"n":9007199254740993}}`);
    expect(await post(live, `${RPC}/${id}`, '{"big":9007199254740993}')).toMatchObject({ status: 200, body: "" });
    expect(await waiting).toMatchObject({ status: 200, body: '{"big":9007199254740993}' });
    expect(await post(live, `${RPC}/${id}`, '"again"')).toMatchObject({ status: 200, body: "" });
    expect(live.server.totals().strays.duplicate).toBe(1);
  });

  test("each poll takes one of several commands, the oldest first", async () => {
    const waiting = ["first", "second"].map((method) => call(live, "twoway", `{"method":"${method}","timeout":5000}`));
    await vi.waitFor(() => expect(live.server.totals().pending).toBe(2), { interval: 1 });
    const polled = [await live.send(RPC), await live.send(RPC)].map(({ body }) => JSON.parse(body));
    expect(polled.map(({ method }) => method).sort()).toEqual(["first", "second"]);
    expect(polled[1].id).toBe(polled[0].id + 1);
    for (const { id, method } of polled) await post(live, `${RPC}/${id}`, `"${method}"`);
    expect((await Promise.all(waiting)).map(({ body }) => body)).toEqual(['"first"', '"second"']);
    expect(live.server.totals().sessions).toBe(0);
  });

  test("a poll without a command is 408 at its timer, and nobody is connected then", async () => {
    expect(await live.send(`${RPC}?timeout=30`)).toEqual({ status: 408, body: "", type: undefined });
    expect(await live.send("/api/v1/A1_TEST_TOKEN/attributes/updates?timeout=30")).toMatchObject({ status: 408 });
    expect((await call(live, "oneway", '{"method":"m","timeout":50}')).status).toBe(504);
  });

  test("a client that leaves ends its poll", async () => {
    const { hostname, port } = new URL(live.server.httpUrl);
    const socket = connect(Number(port), hostname);
    socket.write(`GET ${RPC} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await sessions(live, 1);
    socket.destroy();
    await sessions(live, 0);
    expect((await call(live, "oneway", '{"method":"m","timeout":50}')).status).toBe(504);
  });

  test("a newer poll takes over: the older one is 408, and only the newer one gets the command", async () => {
    const older = live.send(RPC);
    await sessions(live, 1);
    const newer = live.send(RPC);
    expect(await older).toMatchObject({ status: 408, body: "" });
    expect(await call(live, "oneway", '{"method":"m"}')).toMatchObject({ status: 200, body: "" });
    expect((await newer).body).toContain('"method":"m"');
  });

  test("handing out a persistent request delivers it", async () => {
    const admitted = await call(live, "twoway", '{"method":"m","persistent":true}');
    const { rpcId } = JSON.parse(admitted.body);
    const status = async (): Promise<string> =>
      JSON.parse((await live.send(`/api/rpc/persistent/${rpcId}`, { token: live.admin })).body).status;
    const { id } = JSON.parse((await live.send(RPC)).body);
    expect(await status()).toBe("DELIVERED");
    await post(live, `${RPC}/${id}`, "{}");
    expect(await status()).toBe("SUCCESSFUL");
  });

  test("a device deleted while it polls is told so", async () => {
    const made = await live.send("/api/device?accessToken=doomed", {
      method: "POST",
      token: live.admin,
      headers: { "content-type": "application/json" },
      body: '{"name":"Doomed"}',
    });
    const poll = live.send("/api/v1/doomed/rpc");
    await sessions(live, 1);
    await live.send(`/api/device/${JSON.parse(made.body).id.id}`, { method: "DELETE", token: live.admin });
    expect(await poll).toMatchObject({ status: 403, body: "Device was deleted!" });
    expect((await live.send("/api/v1/doomed/rpc")).status).toBe(401);
  });

  test.each([
    ["GET", "rpc"],
    ["POST", "rpc"],
    ["POST", "rpc/1"],
    ["POST", "telemetry"],
    ["POST", "attributes"],
    ["GET", "attributes"],
    ["GET", "attributes/updates"],
    ["POST", "claim"],
  ] as const)("a wrong token: %s %s is 401 without a body", async (method, path) => {
    const body = method === "POST" ? { body: '{"method":"m","params":{}}' } : {};
    expect(await live.send(`/api/v1/nobody/${path}`, { method, ...body })).toMatchObject({ status: 401, body: "" });
  });

  test.each([
    ["telemetry", '{"t":21}', 200],
    ["telemetry", '[{"t":21},{"ts":1,"values":{"t":2}}]', 200],
    ["attributes", '{"a":1}', 200],
    ["claim", "", 200],
    ["telemetry", "[1]", 500],
    ["telemetry", "1", 500],
    ["attributes", "[]", 500],
    ["rpc", "[]", 500],
    ["rpc", '{"params":{}}', 500],
    ["rpc", '{"method":"echo"}', 500],
  ] as const)("POST %s %s is %i without a body", async (path, body, status) => {
    expect(await post(live, `/api/v1/A1_TEST_TOKEN/${path}`, body)).toMatchObject({ status, body: "" });
  });

  test.each(["telemetry", "attributes", "rpc"])(
    "POST %s with broken JSON is 500 with the parser's message",
    async (path) => {
      const reply = await post(live, `/api/v1/A1_TEST_TOKEN/${path}`, '{"a":');
      expect(reply).toMatchObject({ status: 500, type: expect.stringContaining("text/plain") });
      expect(reply.body).toMatch(/JSON/);
    },
  );

  test.each([
    ["rpc/abc", "{}"],
    ["rpc/99999999999", "{}"],
    ["rpc/1", ""],
    ["telemetry", ""],
  ])("POST %s with the body %j is 400 with errorCode 31", async (path, body) => {
    const reply = await post(live, `/api/v1/A1_TEST_TOKEN/${path}`, body);
    expect(reply.status).toBe(400);
    expect(JSON.parse(reply.body)).toMatchObject({ status: 400, errorCode: 31 });
  });

  test("a timeout that is no number is 400, another verb is 405, another path 404", async () => {
    expect((await live.send(`${RPC}?timeout=soon`)).status).toBe(400);
    expect((await live.send("/api/v1/A1_TEST_TOKEN/telemetry")).status).toBe(405);
    expect((await live.send(RPC, { method: "DELETE" })).status).toBe(405);
    expect((await live.send("/api/v1/A1_TEST_TOKEN/nothing")).status).toBe(404);
  });

  test.each(["rpc", "rpc/1"])("POST %s takes 65536 bytes and no more, announced or not", async (path) => {
    const url = `/api/v1/A1_TEST_TOKEN/${path}`;
    const start = '{"method":"echo","params":"';
    const body = (bytes: number): string => `${start}${"x".repeat(bytes - start.length - 2)}"}`;
    expect((await post(live, url, body(LARGEST))).status).toBe(200);
    const refused = await post(live, url, body(LARGEST + 1));
    expect(refused).toMatchObject({ status: 413, type: "application/json" });
    expect(JSON.parse(refused.body)).toBeTypeOf("string");
    const chunked = httpRequest(live.server.httpUrl + url, { method: "POST" });
    chunked.on("error", () => {});
    chunked.write(body(LARGEST));
    chunked.end("more");
    const [response] = await once(chunked, "response");
    expect(response.statusCode).toBe(413);
    // The rest of the body is still on its way; it must not be read as another request.
    expect(response.headers.connection).toBe("close");
    response.resume();
  });

  test("attributes that it does not have are left out of the answer", async () => {
    const path = "/api/v1/A1_TEST_TOKEN/attributes?clientKeys=none,b&sharedKeys=c";
    expect(await live.send(path)).toMatchObject({ status: 200, body: "{}" });
  });

  test("a device's own call is answered by its handler, or with a timeout", async () => {
    expect((await post(live, RPC, '{"method":"echo","params":{"a":[1]}}')).body).toBe('{"a":[1]}');
    const { body } = await post(live, RPC, '{"method":"getCurrentTime","params":{}}');
    expect(Math.abs(Number(body) - Date.now())).toBeLessThan(60_000);
    const nobody = await post(live, RPC, '{"method":"nextWindow","params":{"zone":2}}');
    expect(nobody).toMatchObject({ status: 200, body: '{"error":"timeout"}' });
  });
});

test("the wall ends polls and unanswered calls with 503 before their own time", async () => {
  const live = await startServerFor({ wallMs: 60 });
  const replies = await Promise.all([
    live.send(RPC),
    live.send("/api/v1/A2_TEST_TOKEN/attributes/updates?timeout=5000"),
    post(live, "/api/v1/A3_TEST_TOKEN/rpc", '{"method":"nextWindow","params":{}}'),
  ]);
  for (const { status, body } of replies) {
    expect(status).toBe(503);
    expect(JSON.parse(body)).toMatchObject({ status: 503, errorCode: 2 });
  }
  expect(live.server.totals().sessions).toBe(0);
  expect((await live.send(`${RPC}?timeout=20`)).status).toBe(408);
});

test("a ghost poller takes a one-way command that nobody gets, once", async () => {
  const live = await startServerFor({ quirks: ["ghost-poller"] });
  expect((await live.send(`${RPC}?timeout=20`)).status).toBe(408);
  expect((await call(live, "oneway", '{"method":"lost"}')).status).toBe(200);
  expect((await call(live, "oneway", '{"method":"m","timeout":50}')).status).toBe(504);
});

test("with repush-delivered besides, a two-way command that a ghost took goes to the next poll too", async () => {
  const live = await startServerFor({ quirks: ["ghost-poller", "repush-delivered"] });
  await live.send(`${RPC}?timeout=20`);
  const waiting = call(live, "twoway", '{"method":"m","timeout":5000}');
  await vi.waitFor(() => expect(live.server.totals().pending).toBe(1), { interval: 1 });
  const { id } = JSON.parse((await live.send(RPC)).body);
  await post(live, `${RPC}/${id}`, "1");
  expect((await waiting).body).toBe("1");
});

test("with repush-delivered every poll brings the oldest command that is not answered", async () => {
  const live = await startServerFor({ quirks: ["repush-delivered"] });
  const waiting = call(live, "twoway", '{"method":"first","timeout":5000}');
  await vi.waitFor(() => expect(live.server.totals().pending).toBe(1), { interval: 1 });
  const younger = call(live, "twoway", '{"method":"second","timeout":5000}');
  const polled = [await live.send(RPC), await live.send(RPC)].map(({ body }) => JSON.parse(body));
  expect(polled.map(({ method }) => method)).toEqual(["first", "first"]);
  await post(live, `${RPC}/${polled[0].id}`, "1");
  expect((await waiting).body).toBe("1");
  const { id, method } = JSON.parse((await live.send(RPC)).body);
  expect(method).toBe("second");
  await post(live, `${RPC}/${id}`, "2");
  expect((await younger).body).toBe("2");
});

test("a server that stops answers its polls", async () => {
  const live = await startLiveServer();
  const poll = live.send(RPC);
  await sessions(live, 1);
  await live.server.close();
  expect((await poll).status).toBe(503);
});

describe("a Tempus server", () => {
  let live: LiveServer;
  beforeAll(async () => {
    live = await startLiveServer({ dialect: "tempus", wallMs: 300 });
  });
  afterAll(() => live.server.close());

  test("replies are JSON objects, and a stale one is 500", async () => {
    const waiting = call(live, "twoway", '{"method":"m","timeout":5000}');
    const { id } = JSON.parse((await live.send(RPC)).body);
    expect(await post(live, `${RPC}/${id}`, '"text"')).toMatchObject({ status: 400, body: "" });
    expect(await post(live, `${RPC}/${id}`, '{"ok":true}')).toMatchObject({ status: 200, body: "" });
    expect((await waiting).body).toBe('{"ok":true}');
    expect((await post(live, `${RPC}/${id}`, '{"ok":true}')).status).toBe(500);
  });

  test("the end of a poll's timer writes nothing; the request lasts until the web server's limit", async () => {
    expect((await live.send(`${RPC}?timeout=20`)).status).toBe(503);
  });

  test("malformed JSON is 400, no attributes are 404, a call that no rule reads is 400", async () => {
    expect(await post(live, "/api/v1/A1_TEST_TOKEN/telemetry", '{"a":')).toMatchObject({ status: 400, body: "" });
    expect(await live.send("/api/v1/A1_TEST_TOKEN/attributes")).toMatchObject({ status: 404, body: "" });
    const unread = await post(live, RPC, '{"method":"nextWindow","params":{}}');
    expect(unread).toMatchObject({ status: 400, body: '{"error":"No rules that match current message!"}' });
    expect(JSON.parse((await post(live, RPC, '{"method":"getTime","params":{}}')).body).time).toBeTypeOf("number");
  });
});
