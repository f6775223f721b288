import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { generate } from "mqtt-packet";
import { expect, onTestFinished, test } from "vitest";
import { ServerOptionsError } from "./options.ts";
import { startServer } from "./server.ts";
import { StartError } from "./start-error.ts";
import { startLiveServer } from "./testing/live-server.ts";
import { RawDevice, subscribedDevice } from "./testing/raw-device.ts";

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "rpcfleet-server-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

test("a second start on the same data folder keeps ids, changes, deletions and tokens", async () => {
  const dataFolder = await temporaryFolder();
  const first = await startLiveServer({ dataFolder });
  const id = await first.deviceId("Test Device A1");
  const gone = await first.deviceId("Test Device B1");
  const made = await first.send("/api/device?accessToken=kept", {
    method: "POST",
    token: first.admin,
    headers: { "content-type": "application/json" },
    body: '{"name":"Kept"}',
  });
  expect(made.status).toBe(200);
  expect((await first.send(`/api/device/${gone}`, { method: "DELETE", token: first.admin })).status).toBe(200);
  await first.server.close();

  const second = await startLiveServer({ dataFolder });
  expect(await second.deviceId("Test Device A1")).toBe(id);
  expect((await second.send(`/api/device/${gone}`, { token: second.admin })).status).toBe(404);
  expect((await second.send("/api/auth/user", { token: first.admin })).status).toBe(200);
  const device = await subscribedDevice(second.server.mqttPort, "kept");
  const target = await second.deviceId("Kept");
  const path = `/api/rpc/oneway/${target}`;
  expect((await second.send(path, { method: "POST", token: first.admin, body: '{"method":"m"}' })).status).toBe(200);
  device.socket.destroy();
  await second.server.close();

  await expect(startServer({ dataFolder, httpPort: 0, mqttPort: 0, dialect: "tempus" })).rejects.toThrow(StartError);
});

test.each(["httpPort", "mqttPort"] as const)(
  "a busy %s is named with its option, and nothing stays open",
  async (option) => {
    const holder = createServer().listen(0, "127.0.0.1");
    await once(holder, "listening");
    const { port } = holder.address() as { port: number };
    const start = startServer({ httpPort: 0, mqttPort: 0, [option]: port });
    await expect(start).rejects.toThrow(StartError);
    await expect(start).rejects.toThrow(
      `port ${port} is already in use; choose another one with --${option === "httpPort" ? "http" : "mqtt"}-port (${option})`,
    );
    holder.close();
  },
);

test("every wrong option is reported", async () => {
  const problem = await startServer({ httpPort: -1, mqttPort: 70_000, host: "" }).catch((error) => error);
  expect(problem).toBeInstanceOf(ServerOptionsError);
  const named = problem.message.split("\n").map((line: string) => line.split(":", 1)[0]);
  expect(named.sort()).toEqual(["host", "httpPort", "mqttPort"]);
});

test("close answers waiting callers, ends connections, and may be called twice", async () => {
  const live = await startLiveServer();
  const id = await live.deviceId("Test Device A1");
  const device = await subscribedDevice(live.server.mqttPort, "A1_TEST_TOKEN");
  const body = '{"method":"m","timeout":20000}';
  const waiting = live.send(`/api/rpc/twoway/${id}`, { method: "POST", token: live.admin, body });
  await device.next("publish");
  const silent = new RawDevice(live.server.mqttPort);
  await once(silent.socket, "connect");
  await Promise.all([live.server.close(), live.server.close()]);
  const reply = await waiting;
  expect(reply.status).toBe(503);
  expect(JSON.parse(reply.body)).toMatchObject({ status: 503, message: "Server is shutting down" });
  await Promise.all([device.closed, silent.closed]);
  expect(live.server.totals()).toMatchObject({ pending: 0, sessions: 0, settled: { cancelled: 1 } });
  await expect(fetch(live.server.httpUrl)).rejects.toThrow();
});

/** Sends bytes, ends, and resolves when the connection is over. */
async function sendBytes(port: number, bytes: Uint8Array): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  const closed = once(socket, "close");
  socket.resume();
  socket.end(bytes);
  await closed;
}

test("two hundred malformed inputs leave the server as it was", async () => {
  const live = await startLiveServer();
  const id = await live.deviceId("Test Device A1");
  const { httpPort, mqttPort } = live.server;
  const hello = generate({
    cmd: "connect",
    protocolId: "MQTT",
    protocolVersion: 4,
    clean: true,
    clientId: "x",
    username: "A1_TEST_TOKEN",
  });
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 300 });
  let inputs = 0;
  await fc.assert(
    fc.asyncProperty(bytes, fc.json(), async (noise, json) => {
      await sendBytes(mqttPort, noise);
      await sendBytes(mqttPort, Buffer.concat([hello, noise]));
      await sendBytes(httpPort, noise);
      const start = `POST /api/rpc/twoway/${id} HTTP/1.1\r\nHost: x\r\nX-Authorization: Bearer ${live.admin}\r\n`;
      await sendBytes(httpPort, Buffer.concat([Buffer.from(`${start}Content-Length: 400\r\n\r\n`), noise]));
      const body = json.slice(0, -1);
      const reply = await live.send(`/api/rpc/twoway/${id}`, { method: "POST", token: live.admin, body });
      expect([400, 500]).toContain(reply.status);
      inputs += 5;
    }),
    { numRuns: 40, seed: 7 },
  );
  expect(inputs).toBe(200);
  const device = await subscribedDevice(mqttPort, "A1_TEST_TOKEN");
  const call = live.send(`/api/rpc/twoway/${id}`, { method: "POST", token: live.admin, body: '{"method":"m"}' });
  await device.answer("1");
  expect((await call).status).toBe(200);
  expect(live.server.totals()).toMatchObject({ sessions: 1, pending: 0 });
  device.socket.destroy();
  await live.server.close();
});
