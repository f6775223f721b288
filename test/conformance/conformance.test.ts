import { expect, it } from "vitest";
import { startServer } from "../../server/server.ts";
import { ROWS, type RowResult, runAgainst, runAgainstOurs } from "./run-rows.ts";

it("our server keeps every row", async () => {
  const results: RowResult[] = [];
  await runAgainstOurs((result) => results.push(result));
  expect(results).toHaveLength(ROWS.length);
  expect(results.filter(({ verdict }) => verdict !== "kept")).toEqual([]);
}, 120_000);

it("a server that breaks rules is told which", async () => {
  const server = await startServer({
    httpPort: 0,
    mqttPort: 0,
    minTimeoutMs: 60,
    quirks: ["repush-delivered"],
    wallMs: 30,
  });
  const results: RowResult[] = [];
  const login = { username: "tenant@thingsboard.org", password: "tenant" };
  const target = { url: server.httpUrl, mqttPort: server.mqttPort, ...login, minTimeoutMs: 60 };
  await runAgainst(target, (result) => results.push(result));
  await server.close();
  const broken = results.filter(({ verdict }) => verdict === "broken").map(({ rule }) => rule);
  expect(broken).toContain("silent is 408 on /api/plugins/rpc and 504 on /api/rpc, not before the timeout");
  expect(results.filter(({ verdict }) => verdict === "skipped").length).toBeGreaterThan(3);
}, 120_000);
