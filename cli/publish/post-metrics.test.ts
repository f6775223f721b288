import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { metricsUrl, postMetrics } from "./post-metrics.ts";

interface Taken {
  readonly path: string | undefined;
  readonly type: string | undefined;
  readonly body: string;
}

/** A collector on a free port of loopback, and what it was sent. */
async function collector(answer: (response: ServerResponse) => void): Promise<{ url: string; taken: Taken[] }> {
  const taken: Taken[] = [];
  const server = createServer((request: IncomingMessage, response) => {
    let body = "";
    request.on("data", (bytes) => {
      body += bytes;
    });
    request.on("end", () => {
      taken.push({ path: request.url, type: request.headers["content-type"], body });
      answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, taken };
}

describe("metrics to a collector", () => {
  it("are posted once, as JSON, to its path of metrics", async () => {
    const { url, taken } = await collector((response) => response.end('{"partialSuccess":{}}'));
    expect(await postMetrics(url, '{"resourceMetrics":[]}')).toBeUndefined();
    expect(taken).toEqual([{ path: "/v1/metrics", type: "application/json", body: '{"resourceMetrics":[]}' }]);
  });

  it.each<[string, (response: ServerResponse) => void, string]>([
    ["an error of the collector", (response) => void response.writeHead(503).end("busy"), "HTTP 503"],
    [
      "a part that it rejects",
      (response) => void response.end('{"partialSuccess":{"rejectedDataPoints":"7"}}'),
      "7 data points were rejected",
    ],
    ["a connection that it closes", (response) => void response.destroy(), "other side closed"],
  ])("%s is one line that says so", async (_, answer, why) => {
    const { url } = await collector(answer);
    const line = (await postMetrics(url, "{}")) ?? "";
    expect(line).toMatch(/^metrics not delivered to http:.*\/v1\/metrics: .*; the verdict does not depend on it$/);
    expect(line).toContain(why === "other side closed" ? "UND_ERR_SOCKET" : why);
  });

  it("nobody there is one line too", async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, "127.0.0.1", resolve));
    const { port } = holder.address() as AddressInfo;
    await new Promise((resolve) => holder.close(resolve));
    expect(await postMetrics(`http://127.0.0.1:${port}`, "{}")).toContain("ECONNREFUSED");
    expect(await postMetrics("http://127.0.0.1:1", "{}")).toContain("bad port");
  });
});

it.each([
  ["http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/metrics"],
  ["http://127.0.0.1:4318/", "http://127.0.0.1:4318/v1/metrics"],
  ["https://collector.example/otlp", "https://collector.example/otlp/v1/metrics"],
  ["http://127.0.0.1:4318/v1/metrics", "http://127.0.0.1:4318/v1/metrics"],
  ["127.0.0.1:4318", undefined],
  ["localhost:4318", undefined],
  ["ftp://collector", undefined],
  ["http://user:secret@collector", undefined],
])("the address %s means %s", (endpoint, url) => {
  expect(metricsUrl(endpoint)).toBe(url);
});
