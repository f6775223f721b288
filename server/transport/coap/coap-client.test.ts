/** A client that no one here wrote: libcoap's coap-client as the device. */
import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { describe, expect, onTestFinished, test } from "vitest";
import { type LiveServer, startLiveServer } from "../../testing/live-server.ts";

/** Debian and Ubuntu name the program after the TLS library it was built with. */
const NAMES = ["coap-client-notls", "coap-client", "coap-client-gnutls", "coap-client-openssl"];
const tool = NAMES.find((name) => spawnSync(name, ["-h"]).error === undefined);
const { CI } = process.env;
if (tool === undefined && (CI === "true" || CI === "1")) throw new Error("these tests need coap-client of libcoap");

/** Long enough for any test here; the observer is killed before. */
const OBSERVE_SECONDS = "20";

async function start(): Promise<LiveServer> {
  const live = await startLiveServer({ coapPort: 0 });
  onTestFinished(() => live.server.close());
  return live;
}

function url(live: LiveServer, path: string): string {
  return `coap://127.0.0.1:${live.server.coapPort}/api/v1/A1_TEST_TOKEN/${path}`;
}

/** Runs the client to its end; it writes a payload on its output, and a code that is an error on its error output. */
function send(args: readonly string[]): Promise<{ out: string; err: string }> {
  return new Promise((resolve, reject) => {
    execFile(tool as string, args, { timeout: 10_000 }, (error, out, err) => {
      if (error === null) resolve({ out: out.trim(), err: err.trim() });
      else reject(error);
    });
  });
}

/** Observes requests; whatever answers them is the test's. */
function observe(live: LiveServer, args: readonly string[], heard: (payload: string) => void): ChildProcess {
  const observer = spawn(tool as string, [...args, "-m", "get", "-s", OBSERVE_SECONDS, "-w", url(live, "rpc")]);
  createInterface({ input: observer.stdout }).on("line", (line) => {
    if (line.includes("{")) heard(line.trim());
  });
  onTestFinished(() => {
    observer.kill("SIGKILL");
  });
  return observer;
}

function call(live: LiveServer, id: string, method: string): ReturnType<LiveServer["send"]> {
  const body = JSON.stringify({ method, params: { text: "größe" }, timeout: 8_000 });
  return live.send(`/api/rpc/twoway/${id}`, { method: "POST", token: live.admin, body });
}

describe.runIf(tool !== undefined)("libcoap's client", () => {
  test.each([
    ["confirmable", []],
    ["non-confirmable", ["-N"]],
  ])("observes as %s, is sent commands and answers them", async (_name, args) => {
    const live = await start();
    const id = await live.deviceId("Test Device A1");
    observe(live, args, (payload) => {
      const request = JSON.parse(payload);
      void send(["-m", "post", "-e", JSON.stringify({ got: request }), url(live, `rpc/${request.id}`)]);
    });
    // Nobody waits for the observation: a call that comes before it is handed over with it.
    for (const method of ["first", "second", "third"]) {
      const reply = await call(live, id, method);
      expect(reply.status).toBe(200);
      expect(JSON.parse(reply.body).got).toMatchObject({ method, params: { text: "größe" } });
    }
    expect(live.server.totals()).toMatchObject({ sessions: 1, pending: 0, strays: { late: 0, duplicate: 0 } });
  });

  test("acknowledges a confirmable notification by itself", async () => {
    const live = await start();
    const id = await live.deviceId("Test Device A1");
    const seen: string[] = [];
    observe(live, [], (payload) => seen.push(payload));
    const body = '{"method":"m","persistent":true}';
    const admitted = await live.send(`/api/rpc/oneway/${id}`, { method: "POST", token: live.admin, body });
    const path = `/api/rpc/persistent/${JSON.parse(admitted.body).rpcId}`;
    const status = async (): Promise<string> => JSON.parse((await live.send(path, { token: live.admin })).body).status;
    await expect.poll(status, { timeout: 8_000, interval: 10 }).toBe("DELIVERED");
    expect(seen.length).toBeLessThanOrEqual(1);
  });

  test("uploads and calls the server", async () => {
    const live = await start();
    expect((await send(["-m", "post", "-e", '{"t":1}', url(live, "telemetry")])).err).toBe("");
    expect((await send(["-m", "post", "-e", '{"method":"echo","params":[1]}', url(live, "rpc")])).out).toBe("[1]");
    const long = "x".repeat(3_000);
    const echo = ["-m", "post", "-e", `{"method":"echo","params":"${long}"}`, url(live, "rpc")];
    expect((await send(echo)).out).toBe(`"${long}"`);
    expect((await send(["-m", "get", url(live, "attributes")])).err).toContain("4.04");
    expect((await send(["-m", "get", url(live, "telemetry")])).err).toContain("4.00");
  });
});
