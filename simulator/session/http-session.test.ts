/** An HTTP device against Node's own HTTP server. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { connectSettings } from "../fleet/connect-settings.ts";
import { HttpPool } from "./http-pool.ts";
import { HttpSession } from "./http-session.ts";

const SETTINGS = connectSettings({ keepSession: false, keepAliveS: 60, pingFactor: 0.5, qos: 1 });
const COMMAND = '{"id":3,"method":"m","params":{}}';

/** A server whose polls the test answers, and that takes every POST. */
async function startPeer() {
  const polls: ServerResponse[] = [];
  const seen: string[] = [];
  const connections = new Set<unknown>();
  const server = createServer(async (request: IncomingMessage, response) => {
    connections.add(request.socket);
    let body = "";
    for await (const piece of request) body += piece;
    seen.push(`${request.method} ${request.url} ${body}`.trim());
    if (request.method === "GET") polls.push(response);
    else response.end(request.url?.endsWith("/rpc") === true ? '{"time":1}' : "");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return { url, polls, seen, connections };
}

function device(url: URL) {
  const pool = new HttpPool(url);
  const told: string[] = [];
  const session = new HttpSession(
    { url, token: "A/B", pollMs: 5_000, pool },
    {
      connected: () => told.push("connected"),
      ready: () => told.push("ready"),
      request: (id, payload) => told.push(`request ${id} ${payload}`),
      answer: (id, payload) => told.push(`answer ${id} ${payload}`),
      closed: (reason) => told.push(`closed ${reason}`),
    },
  );
  onTestFinished(() => {
    session.end("disconnect");
    session.dispose();
    pool.close();
  });
  return { session, told };
}

describe("an HTTP device", () => {
  it("polls, replies by the same connection, and polls again", async () => {
    const { url, polls, seen, connections } = await startPeer();
    const { session, told } = device(url);
    session.connect(SETTINGS);
    await vi.waitFor(() => expect(polls.length).toBe(1));
    expect(told).toEqual(["connected", "ready"]);
    polls[0]?.end(COMMAND);
    await vi.waitFor(() => expect(told.at(-1)).toBe(`request 3 ${COMMAND}`));
    session.reply({ requestId: 3, payload: '{"ok":true}', address: undefined, wire: undefined });
    await vi.waitFor(() => expect(polls.length).toBe(2));
    expect(seen).toEqual([
      "GET /api/v1/A%2FB/rpc?timeout=5000",
      'POST /api/v1/A%2FB/rpc/3 {"ok":true}',
      "GET /api/v1/A%2FB/rpc?timeout=5000",
    ]);
    expect(connections.size).toBe(1);
  });

  it("polls again when a poll has ended with nothing", async () => {
    const { url, polls } = await startPeer();
    const { session } = device(url);
    session.connect(SETTINGS);
    await vi.waitFor(() => expect(polls.length).toBe(1));
    polls[0]?.writeHead(408).end();
    await vi.waitFor(() => expect(polls.length).toBe(2));
  });

  it("is not told again of a command it has in hand", async () => {
    const { url, polls } = await startPeer();
    const { session, told } = device(url);
    session.connect(SETTINGS);
    await vi.waitFor(() => expect(polls.length).toBe(1));
    polls[0]?.end(COMMAND);
    // Its patience is a second.
    await vi.waitFor(() => expect(polls.length).toBe(2), { timeout: 5_000 });
    polls[1]?.end(COMMAND);
    await vi.waitFor(() => expect(polls.length).toBe(3), { timeout: 5_000 });
    expect(told.filter((each) => each.startsWith("request")).length).toBe(1);
  });

  it("calls, and sends telemetry, while its own connection waits", async () => {
    const { url, polls, seen, connections } = await startPeer();
    const { session, told } = device(url);
    session.connect(SETTINGS);
    await vi.waitFor(() => expect(polls.length).toBe(1));
    expect(session.request(9, '{"method":"getTime","params":{}}')).toBe(true);
    await vi.waitFor(() => expect(told.at(-1)).toBe('answer 9 {"time":1}'));
    expect(session.telemetry('{"t":1}')).toBe(true);
    await vi.waitFor(() => expect(seen.at(-1)).toBe('POST /api/v1/A%2FB/telemetry {"t":1}'));
    expect(connections.size).toBe(2);
  });

  it("says why its connection ended, and swallows replies while it is silent", async () => {
    const { url, polls, seen } = await startPeer();
    const { session, told } = device(url);
    session.connect(SETTINGS);
    await vi.waitFor(() => expect(polls.length).toBe(1));
    session.silence("up", true);
    expect(session.reply({ requestId: 3, payload: "{}", address: undefined, wire: undefined })).toBe(true);
    polls[0]?.writeHead(401).end();
    await vi.waitFor(() => expect(told.at(-1)).toBe("closed refused: status 401"));
    expect(seen.length).toBe(1);
    expect(session.reply({ requestId: 3, payload: "{}", address: undefined, wire: undefined })).toBe(false);
  });
});
