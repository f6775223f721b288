import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { type LiveServer, startLiveServer } from "../testing/live-server.ts";
import { RawDevice, subscribedDevice } from "../testing/raw-device.ts";

const open: LiveServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map(({ server }) => server.close()));
});

async function start(options: Parameters<typeof startLiveServer>[0] = {}): Promise<LiveServer> {
  const live = await startLiveServer(options);
  open.push(live);
  return live;
}

interface RpcObject {
  readonly status: string;
  readonly response: unknown;
  readonly [field: string]: unknown;
}

/** A tenant's view of one device's persistent calls. */
async function persistentCalls(live: LiveServer, name = "Test Device A1", token = live.admin) {
  const device = await live.deviceId(name);
  const submit = async (body: object, type = "twoway"): Promise<string> => {
    const text = JSON.stringify({ persistent: true, ...body });
    const reply = await live.send(`/api/rpc/${type}/${device}`, { method: "POST", token, body: text });
    expect(reply.status).toBe(200);
    return (JSON.parse(reply.body) as { rpcId: string }).rpcId;
  };
  const read = async (id: string): Promise<RpcObject> =>
    JSON.parse((await live.send(`/api/rpc/persistent/${id}`, { token })).body) as RpcObject;
  const until = async (id: string, status: string): Promise<RpcObject> => {
    for (;;) {
      const rpc = await read(id);
      if (rpc.status === status) return rpc;
      if (["SUCCESSFUL", "FAILED", "EXPIRED"].includes(rpc.status)) throw new Error(`ended as ${rpc.status}`);
    }
  };
  const list = (query: string) => live.send(`/api/rpc/persistent/device/${device}?${query}`, { token });
  return { device, submit, read, until, list };
}

describe("a persistent call", () => {
  it("waits for its device, is sent, acknowledged and answered, and says so at each step", async () => {
    const live = await start();
    const calls = await persistentCalls(live);
    const expirationTime = Date.now() + 60_000;
    const fields = { params: { percent: 40 }, retries: 2, expirationTime, additionalInfo: { ticket: "W-118" } };
    const id = await calls.submit({ method: "openValve", ...fields });
    expect(await calls.read(id)).toMatchObject({
      id: { entityType: "RPC", id },
      deviceId: { entityType: "DEVICE", id: calls.device },
      expirationTime,
      request: {
        id,
        oneway: false,
        expirationTime,
        body: { method: "openValve", params: '{"percent":40}' },
        persisted: true,
        retries: 2,
      },
      response: null,
      status: "QUEUED",
      additionalInfo: { ticket: "W-118" },
    });
    const device = await subscribedDevice(live.server.mqttPort, "A1_TEST_TOKEN");
    const request = await device.next("publish");
    expect([request.topic, request.payload.toString()]).toEqual([
      "v1/devices/me/rpc/request/0",
      '{"method":"openValve","params":{"percent":40}}',
    ]);
    await calls.until(id, "SENT");
    device.send({ cmd: "puback", messageId: request.messageId as number });
    await calls.until(id, "DELIVERED");
    await device.publish("v1/devices/me/rpc/response/0", '{"ok":true}');
    expect((await calls.until(id, "SUCCESSFUL")).response).toEqual({ ok: true });
    device.socket.destroy();
  });

  it.each([
    ["text", "pump stopped", { error: "pump stopped" }],
    ["an error", '{"error":"jammed"}', { error: "jammed" }],
    ["nothing", "", null],
  ])("is successful with %s as the reply", async (_, payload, response) => {
    const live = await start();
    const calls = await persistentCalls(live);
    const device = await subscribedDevice(live.server.mqttPort, "A1_TEST_TOKEN");
    const id = await calls.submit({ method: "m" });
    await device.answer(payload);
    expect((await calls.until(id, "SUCCESSFUL")).response).toEqual(response);
    device.socket.destroy();
  });

  it("ends at DELIVERED when it is one-way, at once without acknowledgements", async () => {
    const live = await start();
    const calls = await persistentCalls(live);
    const device = await subscribedDevice(live.server.mqttPort, "A1_TEST_TOKEN", 0);
    const id = await calls.submit({ method: "m" }, "oneway");
    await calls.until(id, "DELIVERED");
    expect(live.server.totals().pending).toBe(0);
    device.socket.destroy();
  });

  it("expires, also when it had before it came", async () => {
    const live = await start();
    const calls = await persistentCalls(live);
    const past = await calls.submit({ method: "m", expirationTime: 1 });
    const soon = await calls.submit({ method: "m", timeout: 60 });
    expect((await calls.until(past, "EXPIRED")).response).toBeNull();
    await calls.until(soon, "EXPIRED");
  });

  it("times out unacknowledged, is sent again at the next subscription, and fails when its retries are used up", async () => {
    const live = await start({ ackTimeoutMs: 40 });
    const calls = await persistentCalls(live);
    const device = await subscribedDevice(live.server.mqttPort, "A1_TEST_TOKEN");
    const id = await calls.submit({ method: "m", retries: 1, timeout: 30_000 });
    expect((await device.next("publish")).topic).toBe("v1/devices/me/rpc/request/0");
    await calls.until(id, "TIMEOUT");
    await device.subscribe(["v1/devices/me/rpc/request/+"], 1);
    expect((await device.next("publish")).topic).toBe("v1/devices/me/rpc/request/0");
    expect((await calls.until(id, "FAILED")).response).toEqual({
      error: "There was a Timeout and all retry attempts have been exhausted. Retry attempts set: 1",
    });
    device.socket.destroy();
  });

  it("closes a connection that does not acknowledge, when told to, and starts afresh", async () => {
    const live = await start({ ackTimeoutMs: 40, closeSessionOnAckTimeout: true });
    const calls = await persistentCalls(live);
    const device = await subscribedDevice(live.server.mqttPort, "A1_TEST_TOKEN");
    const id = await calls.submit({ method: "m", retries: 0, timeout: 30_000 });
    await device.closed;
    expect((await calls.read(id)).status).toBe("QUEUED");
  });

  it("has the id its caller chose, once", async () => {
    const live = await start();
    const calls = await persistentCalls(live);
    const requestUUID = "b0f6a8e2-3c5d-4e7f-8a90-1b2c3d4e5f60";
    expect(await calls.submit({ method: "m", requestUUID })).toBe(requestUUID);
    const again = await live.send(`/api/rpc/twoway/${calls.device}`, {
      method: "POST",
      token: live.admin,
      body: JSON.stringify({ method: "m", persistent: true, requestUUID }),
    });
    expect([again.status, JSON.parse(again.body).errorCode]).toEqual([400, 31]);
  });
});

describe("the sequential strategies", () => {
  it.each(["on_ack", "on_response"] as const)(
    "%s: ten queued calls arrive and are answered in order",
    async (strategy) => {
      const live = await start({ submitStrategy: strategy });
      const calls = await persistentCalls(live);
      const ids: string[] = [];
      for (let i = 0; i < 10; i++) ids.push(await calls.submit({ method: `m${i}`, timeout: 30_000 }));
      const device = await subscribedDevice(live.server.mqttPort, "A1_TEST_TOKEN");
      for (let i = 0; i < 10; i++) {
        const request = await device.next("publish");
        expect(JSON.parse(request.payload.toString()).method).toBe(`m${i}`);
        // Nothing else may be on its way before this one is dealt with.
        expect(device.unread("publish")).toBe(0);
        device.send({ cmd: "puback", messageId: request.messageId as number });
        await device.publish(request.topic.replace("request", "response"), String(i));
      }
      for (const [i, id] of ids.entries()) expect((await calls.until(id, "SUCCESSFUL")).response).toBe(i);
      device.socket.destroy();
    },
  );
});

describe("listing and deleting", () => {
  it("pages, filters and sorts one device's calls", async () => {
    const live = await start();
    const calls = await persistentCalls(live);
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.push(await calls.submit({ method: `m${i}`, timeout: 30_000 }));
    const page = async (query: string) => JSON.parse((await calls.list(query)).body);
    const first = await page("pageSize=2&page=0");
    expect(first).toMatchObject({ totalPages: 3, totalElements: 5, hasNext: true });
    expect(first.data.map(({ id }: { id: { id: string } }) => id.id)).toEqual(ids.slice(0, 2));
    const last = await page("pageSize=2&page=0&sortProperty=createdTime&sortOrder=DESC&rpcStatus=QUEUED&textSearch=x");
    expect(last.data).toHaveLength(2);
    expect(await page("pageSize=9&page=0&rpcStatus=SENT")).toEqual({
      data: [],
      totalPages: 0,
      totalElements: 0,
      hasNext: false,
    });
    const status = async (query: string) => {
      const reply = await calls.list(query);
      return [reply.status, JSON.parse(reply.body).errorCode];
    };
    expect(await status("pageSize=1&page=0&rpcStatus=DELETED")).toEqual([500, 2]);
    expect(await status("pageSize=1&page=0&rpcStatus=LOST")).toEqual([400, 31]);
    expect(await status("page=0")).toEqual([500, 2]);
    expect(await status("pageSize=0&page=0")).toEqual([400, 31]);
    expect(await status("pageSize=1&page=0&sortOrder=UP")).toEqual([400, 31]);
  });

  it("removes a call and what waits for its device", async () => {
    const live = await start();
    const calls = await persistentCalls(live);
    const id = await calls.submit({ method: "m", timeout: 30_000 });
    const path = `/api/rpc/persistent/${id}`;
    expect(await live.send(path, { method: "DELETE", token: live.admin })).toMatchObject({ status: 200, body: "" });
    const gone = await live.send(path, { token: live.admin });
    expect([gone.status, JSON.parse(gone.body)]).toMatchObject([
      404,
      { errorCode: 32, message: `Rpc with id [${id}] is not found` },
    ]);
    expect(live.server.totals().pending).toBe(0);
  });

  it("lets a customer read any call of the tenant, list its own devices' only, and delete none", async () => {
    const live = await start();
    const calls = await persistentCalls(live, "Test Device B1");
    const id = await calls.submit({ method: "m", timeout: 30_000 });
    const token = await live.login("customer@thingsboard.org", "customer");
    const path = `/api/rpc/persistent/${id}`;
    expect((await live.send(path, { token })).status).toBe(200);
    const refused = await live.send(path, { method: "DELETE", token });
    expect([refused.status, JSON.parse(refused.body).errorCode]).toEqual([403, 20]);
    const list = await live.send(`/api/rpc/persistent/device/${calls.device}?pageSize=1&page=0`, { token });
    expect([list.status, list.body]).toEqual([403, "You don't have permission to perform this operation!"]);
    const system = await live.login("sysadmin@thingsboard.org", "sysadmin");
    expect((await live.send(path, { token: system })).status).toBe(403);
    expect((await live.send("/api/rpc/persistent/nonsense", { token })).status).toBe(400);
  });
});

it("ended calls are removed when they are old, waiting ones stay", async () => {
  // A millisecond, in days; looked after every 20 ms.
  const live = await start({ rpcTtlDays: 1 / 86_400_000, rpcTtlCheckMs: 20 });
  const calls = await persistentCalls(live);
  const waiting = await calls.submit({ method: "m", timeout: 30_000 });
  const ended = await calls.submit({ method: "m", expirationTime: 1 });
  while ((await live.send(`/api/rpc/persistent/${ended}`, { token: live.admin })).status !== 404);
  expect((await calls.read(waiting)).status).toBe("QUEUED");
});

describe("after a restart", () => {
  async function restarted(options: Parameters<typeof startLiveServer>[0] = {}) {
    const dataFolder = await mkdtemp(join(tmpdir(), "rpcfleet-rpc-"));
    onTestFinished(() => rm(dataFolder, { recursive: true }));
    const before = await startLiveServer({ dataFolder });
    const calls = await persistentCalls(before);
    const device = await subscribedDevice(before.server.mqttPort, "A1_TEST_TOKEN");
    const sent = await calls.submit({ method: "sent", timeout: 30_000 });
    await device.next("publish");
    const delivered = await calls.submit({ method: "delivered", timeout: 30_000 });
    const request = await device.next("publish");
    device.send({ cmd: "puback", messageId: request.messageId as number });
    await calls.until(delivered, "DELIVERED");
    device.socket.destroy();
    await device.closed;
    const queued = await calls.submit({ method: "queued", timeout: 30_000 });
    await before.server.close();
    const live = await start({ dataFolder, ...options });
    return { live, calls: await persistentCalls(live), sent, delivered, queued };
  }

  it("goes on with every unfinished call, under ids that no newer one gets", async () => {
    const { live, calls, sent, delivered, queued } = await restarted();
    const device = await subscribedDevice(live.server.mqttPort, "A1_TEST_TOKEN");
    const first = await device.next("publish");
    const second = await device.next("publish");
    expect([first, second].map(({ topic, payload }) => [topic, JSON.parse(payload.toString()).method])).toEqual([
      ["v1/devices/me/rpc/request/0", "sent"],
      [`v1/devices/me/rpc/request/${2 ** 20}`, "queued"],
    ]);
    // The delivered one is not sent again; its reply, late as it is, still counts.
    await device.publish("v1/devices/me/rpc/response/1", "1");
    await device.publish("v1/devices/me/rpc/response/0", "0");
    await device.publish(`v1/devices/me/rpc/response/${2 ** 20}`, "2");
    expect((await calls.until(delivered, "SUCCESSFUL")).response).toBe(1);
    expect((await calls.until(sent, "SUCCESSFUL")).response).toBe(0);
    expect((await calls.until(queued, "SUCCESSFUL")).response).toBe(2);
    device.socket.destroy();
  });

  it("loses all but queued ones with the quirk recover-queued-only", async () => {
    const { live, calls, sent } = await restarted({ quirks: ["recover-queued-only", "id-reset-on-restart"] });
    const device = new RawDevice(live.server.mqttPort);
    await device.connect({ username: "A1_TEST_TOKEN" });
    await device.subscribe(["v1/devices/me/rpc/request/+"], 1);
    const { topic, payload } = await device.next("publish");
    expect([topic, JSON.parse(payload.toString()).method]).toEqual(["v1/devices/me/rpc/request/0", "queued"]);
    expect((await calls.read(sent)).status).toBe("SENT");
    expect(live.server.totals().pending).toBe(1);
    device.socket.destroy();
  });
});
