/** The commands beside `run`, as their users type them: a server, a fleet and a caller in three processes, and what each says. */
import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { rpcfleet, type Started, startRpcfleet } from "./rpcfleet.ts";

interface Served extends Started {
  readonly url: string;
  readonly mqttPort: string;
}

/** `rpcfleet serve` on free ports, once it has said where. */
async function serve(...words: readonly string[]): Promise<Served> {
  const started = startRpcfleet(["serve", "--http-port", "0", "--mqtt-port", "0", "--coap-port", "0", ...words]);
  let said = "";
  const [url, mqttPort] = await new Promise<[string, string]>((resolve, reject) => {
    started.child.stdout?.on("data", (bytes) => {
      said += bytes;
      const found = /REST (\S+)\nMQTT port (\d+)\n/.exec(said);
      if (found !== null) resolve([found[1] as string, found[2] as string]);
    });
    void started.finished.then(({ err }) => reject(new Error(`serve ended: ${err}`)));
  });
  return { ...started, url, mqttPort };
}

/** Resolves when the child has written the text to standard error. */
function said(words: readonly string[], text: string): { started: Started; heard: Promise<string> } {
  let hear = (_: string): void => undefined;
  const heard = new Promise<string>((resolve) => {
    hear = resolve;
  });
  const started = startRpcfleet(words, (err) => {
    if (err.includes(text)) hear(err);
  });
  return { started, heard };
}

describe("serve, fleet and call", () => {
  it("work together in three processes, and end at Ctrl-C", async () => {
    const server = await serve();
    const where = ["--target", server.url, "--mqtt-port", server.mqttPort];
    const fleet = said(["fleet", "--devices", "3", "--latency", "constant(30ms)", ...where], "connected 3 of 3");
    expect(await fleet.heard).toContain("Ctrl-C stops");
    const call = await rpcfleet("call", "rpcfleet-000001", "setValue", '{"pin":7}', "--target", server.url);
    expect(call).toMatchObject({ code: 0, err: expect.stringMatching(/^200 ok after \d+/) });
    expect(JSON.parse(call.out)).toBeDefined();
    const oneway = await rpcfleet("call", "rpcfleet-000002", "reboot", "--oneway", "--target", server.url);
    expect([oneway.code, oneway.out]).toEqual([0, ""]);
    fleet.started.child.kill("SIGINT");
    expect(await fleet.started.finished).toMatchObject({
      code: 0,
      err: expect.stringContaining("2 requests received"),
    });
    server.child.kill("SIGINT");
    expect((await server.finished).code).toBe(0);
  });

  it("make both ends of a call at once, and show a timeout as one", async () => {
    const server = await serve("--min-timeout", "100");
    const where = ["--target", server.url, "--mqtt-port", server.mqttPort];
    const both = await rpcfleet("call", "Test Device A1", "getValue", "--as-device", '{"level":3}', ...where);
    expect(both).toMatchObject({ code: 0, out: '{"level":3}\n' });
    const nobody = await rpcfleet("call", "Test Device A1", "getValue", "--timeout", "100", "--target", server.url);
    expect(nobody).toMatchObject({ code: 1, out: "", err: expect.stringMatching(/^409 no_connection after/) });
    const v2 = ["--timeout", "100", "--dialect", "tb-v2", "--target", server.url];
    expect((await rpcfleet("call", "Test Device A1", "getValue", ...v2)).err).toMatch(/^504 timeout after/);
    const unknown = await rpcfleet("call", "No such device", "getValue", "--target", server.url);
    expect(unknown).toMatchObject({ code: 4, err: expect.stringContaining('no device named "No such device"') });
  });

  it("say every problem of a call at once", async () => {
    const wrong = await rpcfleet("call", "d", "m", "{", "--as-device", "}");
    expect(wrong.code).toBe(2);
    expect(wrong.err).toBe('2 problems:\n  params: expected JSON, got "{"\n  --as-device: expected JSON, got "}"\n');
  });

  it("name a port that is taken, and the flag for another", async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, "127.0.0.1", resolve));
    const { port } = holder.address() as { port: number };
    const taken = await rpcfleet("serve", "--http-port", String(port), "--mqtt-port", "0", "--coap-port", "0");
    holder.close();
    expect(taken.code).toBe(4);
    expect(taken.err).toContain(`port ${port} is already in use; choose another one with --http-port`);
  });
});

describe("doctor and scenarios", () => {
  it("list what was checked, as lines and as data", async () => {
    const { out, code } = await rpcfleet("doctor");
    const data = await rpcfleet("doctor", "--json");
    const findings = JSON.parse(data.out) as { name: string; ok: boolean; text: string }[];
    expect(findings.map(({ name }) => name)).toEqual([
      "node",
      "file descriptors",
      "k6",
      "port 8080 (REST of serve)",
      "port 1883 (MQTT of serve)",
      "port 5683 (CoAP of serve)",
      "noise floor",
    ]);
    // The floor is another one each time.
    for (const { name, text } of findings.slice(0, -1)) expect(out).toContain(`${name}: ${text}`);
    expect(findings.at(-1)?.text).toMatch(/p50 [\d.,]+ ms, p99 [\d.,]+ ms \(400 calls over loopback\)$/);
    expect(out).toContain("noise floor: ");
    expect([code, data.code]).toEqual(findings.every(({ ok }) => ok) ? [0, 0] : [1, 1]);
  });

  it("name the scenarios that run, and the schema of their files", async () => {
    const { out } = await rpcfleet("scenarios");
    const data = JSON.parse((await rpcfleet("scenarios", "--json")).out) as { name?: string; issue?: object }[];
    for (const name of ["two-way-latency", "timeout-behaviour", "throughput"]) expect(out).toContain(`${name}\n`);
    expect(data.filter(({ issue }) => issue === undefined)).toHaveLength(6);
    expect(JSON.parse((await rpcfleet("scenarios", "--schema")).out)).toMatchObject({ type: "object" });
  });

  it("refuse what they do not know", async () => {
    const [command, flag] = await Promise.all([rpcfleet("serv"), rpcfleet("doctor", "--colour")]);
    expect([command.code, flag.code]).toEqual([2, 2]);
    expect(flag.err).toContain("colour");
  });
});
