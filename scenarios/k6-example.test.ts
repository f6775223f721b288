import { execFile } from "node:child_process";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { requireK6 } from "../simulator/caller/caller-test-support.ts";
import { k6Environment } from "../simulator/caller/k6-process.ts";

const k6Path = await requireK6();
const EXAMPLE = fileURLToPath(new URL("k6/examples/toggle-and-poll.ts", import.meta.url));
const DEVICES = 3;

interface Asked {
  readonly path: string;
  readonly body: string;
  readonly token: string | undefined;
}

/** A server with switches; `broken` ones never change. */
async function startSwitches(broken: boolean) {
  const switches = new Map<string, unknown>();
  const asked: Asked[] = [];
  const reply = ({ path, body }: Asked): unknown => {
    if (path === "/api/auth/login") return { token: "jwt", refreshToken: "r" };
    if (path.startsWith("/api/tenant/devices")) {
      const data = Array.from({ length: DEVICES }, (_, i) => ({ id: { id: `device-${i}` }, name: `rpcfleet-${i}` }));
      return { data, totalPages: 1, totalElements: DEVICES, hasNext: false };
    }
    const { method, params } = JSON.parse(body) as { method: string; params: unknown };
    if (method === "setValue" && !broken) switches.set(deviceOf(path), params);
    return method === "checkStatus" ? true : (switches.get(deviceOf(path)) ?? null);
  };
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const question = { path: request.url ?? "", body, token: request.headers["x-authorization"] as string | undefined };
    asked.push(question);
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(reply(question)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${port}`, asked, [Symbol.asyncDispose]: close };
}

function deviceOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function runExample(url: string, settings: readonly string[]): Promise<{ code: number; output: string }> {
  const variables = [`BASE_URL=${url}`, ...settings].flatMap((setting) => ["-e", setting]);
  return new Promise((resolve) => {
    const env = k6Environment(process.env);
    execFile(k6Path as string, ["run", "--quiet", ...variables, EXAMPLE], { env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr });
    });
  });
}

describe.skipIf(k6Path === undefined)("toggle-and-poll", () => {
  it("flips switches and passes its own thresholds", async () => {
    await using server = await startSwitches(false);
    const { code, output } = await runExample(server.url, ["VUS=3", "DURATION=2s"]);
    expect(output).toContain("toggle_propagation");
    expect(code).toBe(0);
    const rpcs = server.asked.filter(({ path }) => path.startsWith("/api/plugins/rpc/"));
    expect(new Set(rpcs.map(({ path }) => deviceOf(path))).size).toBe(DEVICES);
    expect(new Set(rpcs.map(({ token }) => token))).toEqual(new Set(["Bearer jwt"]));
    expect(
      rpcs.some(
        ({ path, body }) => path.includes("/oneway/") && body === '{"method":"setValue","params":false,"timeout":5000}',
      ),
    ).toBe(true);
  });

  it("fails by its thresholds when switches do not change", async () => {
    await using server = await startSwitches(true);
    expect((await runExample(server.url, ["VUS=1", "DURATION=1s"])).code).toBe(99);
  });

  it("does not start with too few devices", async () => {
    await using server = await startSwitches(false);
    const { code, output } = await runExample(server.url, ["VUS=4"]);
    expect(code).toBe(107);
    expect(output).toContain("4 virtual users need as many devices, found 3");
  });
});
