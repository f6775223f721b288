/** Clients that no one here wrote: mosquitto's tools as the device, curl as the caller. */
import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RPC_REQUEST_FILTER, readServerRequest, responseTopic } from "../protocol/topic.ts";
import { type LiveServer, startLiveServer } from "../server/testing/live-server.ts";

const TOOLS = ["mosquitto_sub", "mosquitto_pub", "curl"];
const missing = TOOLS.filter((tool) => spawnSync(tool, ["--help"]).error !== undefined);
const { CI } = process.env;
if (missing.length > 0 && (CI === "true" || CI === "1")) throw new Error(`these tests need ${missing.join(", ")}`);

function tool(name: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(name, args, { timeout: 10_000 }, (error, out) => (error === null ? resolve(out) : reject(error)));
  });
}

describe.runIf(missing.length === 0).each(["tb-v2", "tempus"] as const)("against a %s server", (dialect) => {
  let live: LiveServer;
  let jwt: string;
  let subscriber: ChildProcess;
  const requests: string[] = [];
  const path = dialect === "tempus" ? "/api/plugins/rpc" : "/api/rpc";

  beforeAll(async () => {
    live = await startLiveServer({ dialect });
    const mqtt = ["-h", "127.0.0.1", "-p", String(live.server.mqttPort), "-u", "A1_TEST_TOKEN", "-q", "1"];
    subscriber = spawn("mosquitto_sub", [...mqtt, "-F", "REQUEST %t %p", "-t", RPC_REQUEST_FILTER]);
    // Nobody waits for the subscription: a call that comes before it is handed over with it.
    createInterface({ input: subscriber.stdout as NodeJS.ReadableStream }).on("line", (line) => {
      const [, topic, payload] = /^REQUEST (\S+) (.*)$/.exec(line) ?? [];
      if (topic === undefined || payload === undefined) return;
      requests.push(payload);
      const reply = ["-t", responseTopic(readServerRequest(topic) as number), "-m", `{"got":${payload}}`];
      if (!payload.includes("beSilent")) void tool("mosquitto_pub", [...mqtt, ...reply]);
    });
    const [user, password] = [dialect === "tempus" ? "demo@hashmapinc.com" : "tenant@thingsboard.org", "tenant"];
    const login = await curl("/api/auth/login", JSON.stringify({ username: user, password }), []);
    jwt = JSON.parse(login.body).token;
  });

  afterAll(async () => {
    subscriber?.kill();
    await live?.server.close();
  });

  async function curl(
    url: string,
    body: string,
    headers: readonly string[],
  ): Promise<{ status: number; body: string }> {
    const typed = ["Content-Type: application/json", ...headers].flatMap((header) => ["-H", header]);
    const args = ["-sS", "-m", "8", "-X", "POST", ...typed, "-d", body, "-w", "\n%{http_code}"];
    const out = await tool("curl", [...args, live.server.httpUrl + url]);
    const end = out.lastIndexOf("\n");
    return { status: Number(out.slice(end + 1)), body: out.slice(0, end) };
  }

  const rpc = async (kind: "oneway" | "twoway", body: string) =>
    curl(`${path}/${kind}/${await live.deviceId("Test Device A1")}`, body, [`X-Authorization: Bearer ${jwt}`]);

  it("the set-gpio call of the user guide reaches the device and its reply the caller", async () => {
    const { status, body } = await rpc("twoway", '{"method":"setGpio","params":{"pin":"23","value":1}}');
    expect(JSON.parse(body)).toEqual({ got: { method: "setGpio", params: { pin: "23", value: 1 } } });
    expect(status).toBe(200);
  });

  it("a one-way call is answered with nothing, and arrives", async () => {
    const { status, body } = await rpc("oneway", '{"method":"blink","params":{"times":3}}');
    expect({ status, body }).toEqual({ status: 200, body: "" });
    await expect.poll(() => requests.at(-1)).toBe('{"method":"blink","params":{"times":3}}');
  });

  it("a device that does not answer is a timeout", async () => {
    const { status } = await rpc("twoway", '{"method":"beSilent","params":{},"timeout":200}');
    expect(status).toBe(dialect === "tempus" ? 408 : 504);
  });

  it("a caller without a token is refused", async () => {
    expect((await curl(`${path}/twoway/${await live.deviceId("Test Device A1")}`, '{"method":"m"}', [])).status).toBe(
      401,
    );
  });
});
