import { afterAll, beforeAll, expect, test } from "vitest";
import { type LiveServer, startLiveServer } from "../testing/live-server.ts";
import type { OpenApi } from "./openapi-page.ts";

let live: LiveServer;
let document: OpenApi;

beforeAll(async () => {
  live = await startLiveServer();
  document = JSON.parse((await live.send("/swagger/json")).body);
});
afterAll(() => live.server.close());

/** Every operation with its method and path. */
const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );

test("the document is OpenAPI, at both addresses, without a token", async () => {
  expect(document).toMatchObject({ openapi: "3.0.3", info: { title: "rpcfleet server" } });
  expect(JSON.parse((await live.send("/v3/api-docs")).body)).toEqual(document);
  expect(operations().length).toBeGreaterThan(45);
});

test("RPC, which bypasses the framework, is in it as the server speaks it", async () => {
  for (const family of ["/api/plugins/rpc", "/api/rpc"]) {
    for (const type of ["oneway", "twoway"]) {
      const operation = document.paths[`${family}/${type}/{deviceId}`]?.post;
      expect(operation?.requestBody?.content["application/json"]?.example).toMatchObject({
        method: expect.any(String),
      });
    }
  }
  const responses = document.paths["/api/plugins/rpc/twoway/{deviceId}"]?.post?.responses;
  expect(Object.keys(responses ?? {})).toEqual(
    expect.arrayContaining(["200", "400", "401", "403", "404", "406", "408", "409", "413", "429", "500"]),
  );
  expect(document.paths["/api/rpc/persistent/{rpcId}"]).toHaveProperty("delete");
  const tempus = await startLiveServer({ dialect: "tempus" });
  const { paths } = JSON.parse((await tempus.send("/swagger/json")).body) as OpenApi;
  expect(paths).toHaveProperty(["/api/plugins/rpc/oneway/{deviceId}"]);
  expect(paths).not.toHaveProperty(["/api/rpc/oneway/{deviceId}"]);
  expect(paths).not.toHaveProperty(["/api/rpc/persistent/{rpcId}"]);
  await tempus.server.close();
});

test("every operation has a summary, answers, and an example of each body", () => {
  for (const { method, path, operation } of operations()) {
    const where = `${method} ${path}`;
    expect(operation.summary, where).toEqual(expect.any(String));
    expect(operation.responses, where).toHaveProperty("200");
    if (operation.requestBody === undefined) continue;
    const media = operation.requestBody.content["application/json"];
    expect(media?.example ?? Object.values(media?.examples ?? {})[0]?.value, where).toBeDefined();
  }
});

test("every operation is one that the server has: no 404 or 405 for it, and 401 without a token", async () => {
  for (const { method, path, operation } of operations()) {
    const url = path.replace(/\{\w+\}/g, "00000000-0000-4000-8000-000000000000");
    const { status, body } = await live.send(url, { method: method as "GET", body: method === "POST" ? "{}" : "" });
    const open = operation.security?.length === 0;
    expect([`${method} ${path}`, open || status === 401, body.includes("is not supported")]).toEqual([
      `${method} ${path}`,
      true,
      open && status === 415,
    ]);
  }
});

test("the examples of bodies are accepted where they stand alone", async () => {
  const tried: string[] = [];
  for (const path of [
    "/api/customer",
    "/api/deviceProfile",
    "/api/dashboard",
    "/api/device",
    "/api/device-with-credentials",
  ]) {
    const media = document.paths[path]?.post?.requestBody?.content["application/json"];
    const example = media?.example ?? Object.values(media?.examples ?? {})[0]?.value;
    const options = { method: "POST", token: live.admin, headers: { "content-type": "application/json" } } as const;
    const reply = await live.send(path, { ...options, body: JSON.stringify(example) });
    expect([path, reply.status, reply.body]).toEqual([path, 200, reply.body]);
    tried.push(path);
  }
  expect(tried).toHaveLength(5);
});

test("the page names every operation and needs no network", async () => {
  const page = await live.send("/swagger");
  expect(page.type).toBe("text/html; charset=utf-8");
  for (const { method, path } of operations()) expect(page.body).toContain(`${method}</span> ${path}</code>`);
  expect(page.body).toContain("openValve");
  expect(page.body).not.toMatch(/<script|<link|src=|url\(|@import/);
  // Only addresses within an example.
  for (const [address] of page.body.matchAll(/https?:\/\/[^\s"<]+/g)) expect(address).toMatch(/^http:\/\/localhost/);
});
