import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer as createSecureServer } from "node:https";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { CallColumns } from "../../protocol/call-records.ts";
import { OUTCOMES } from "../../protocol/outcome.ts";
import { type Duration, MILLISECOND, SECOND } from "../../protocol/time.ts";
import { type CallBatch, plainKind } from "./call-batch.ts";
import { type RpcHandler, runBatch, startTestServer, testBatch } from "./caller-test-support.ts";
import { runNative } from "./native.ts";

const PREFIX = '{"method":"getValue","params":{"text":"größe","nonce":"tag-';

function batch(url: string, change: Partial<CallBatch> = {}): CallBatch {
  return testBatch(url, { kinds: [plainKind(PREFIX, 5 * SECOND)], runTag: "tag", ...change });
}

const run = (url: string, change: Partial<CallBatch> = {}): Promise<CallColumns> => runBatch(batch(url, change));

function tally(columns: CallColumns): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const code of columns.outcome.subarray(0, columns.length)) {
    const outcome = OUTCOMES[code] as string;
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
}

function durations(columns: CallColumns, from: "intendedUs" | "sentUs", to: "sentUs" | "settledUs"): Duration[] {
  const { length } = columns;
  return Array.from({ length }, (_, row) => (columns[to][row] as number) - (columns[from][row] as number));
}

/** Warm-up requests are answered at once; the RPCs as the test says. */
const rpcOnly =
  (handler: RpcHandler): RpcHandler =>
  (request, answer) =>
    request.url.includes("/rpc/") ? handler(request, answer) : answer(200, "{}");

const echo = rpcOnly(({ body }, answer) => answer(200, JSON.stringify(JSON.parse(body).params)));

/** A server of raw bytes: `answer` gets each request's socket, warm-up requests excepted. */
async function startRawServer(answer: (socket: Socket, request: number) => void): Promise<Server> {
  let requests = 0;
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (data) => {
      if (data.toString("latin1").startsWith("GET")) socket.write("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
      else answer(socket, requests++);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

const urlOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

describe("the native caller", () => {
  it("sends each planned call once, in order, never early, with the body its bytes say", async () => {
    await using server = await startTestServer(echo);
    const columns = await run(server.url, { firstCall: 700, step: 3 });
    expect(tally(columns)).toEqual({ ok: 40 });
    const calls = server.requests.filter(({ url }) => url.includes("/rpc/"));
    expect(calls.map(({ body }) => body)).toEqual(Array.from({ length: 40 }, (_, i) => `${PREFIX}${700 + i}"}}`));
    expect(calls[4]).toMatchObject({ url: "/api/plugins/rpc/twoway/device-b", token: "Bearer jwt" });
    expect(Math.min(...durations(columns, "intendedUs", "sentUs"))).toBeGreaterThanOrEqual(0);
    expect(Math.min(...durations(columns, "sentUs", "settledUs"))).toBeGreaterThan(0);
    expect(columns.mismatched.some((flag) => flag === 1)).toBe(false);
    expect([...columns.step.slice(0, 2), ...columns.device.slice(0, 4)]).toEqual([3, 3, 0, 1, 2, 0]);
    expect(server.connections()).toBe(4);
  });

  it("sends all calls of one instant, opening connections as it needs them", async () => {
    const held: (() => void)[] = [];
    const all = 50;
    await using server = await startTestServer(
      rpcOnly((_, answer) => {
        held.push(() => answer(200, "{}"));
        if (held.length === all) for (const release of held) release();
      }),
    );
    const columns = await run(server.url, { intendedUs: new Float64Array(all).fill(10 * MILLISECOND) });
    expect(tally(columns)).toEqual({ ok: all });
    expect(server.connections()).toBe(all);
  });

  it("does not wait for a slow server to send the next call", async () => {
    await using server = await startTestServer(rpcOnly((_, answer) => void setTimeout(() => answer(200, "{}"), 300)));
    const columns = await run(server.url);
    expect(tally(columns)).toEqual({ ok: 40 });
    expect(Math.min(...durations(columns, "sentUs", "settledUs"))).toBeGreaterThanOrEqual(299 * MILLISECOND);
    const sent = [...columns.sentUs.subarray(0, 40)];
    expect(sent.at(-1)).toBeLessThan((columns.settledUs[0] as number) + 200 * MILLISECOND);
  });

  it("says whose reply came with another call's nonce", async () => {
    await using server = await startTestServer(
      rpcOnly(({ body }, answer) => {
        const { nonce } = JSON.parse(body).params;
        answer(200, nonce === "tag-7" ? '{"nonce":"tag-8"}' : JSON.stringify({ nonce }));
      }),
    );
    const { mismatched } = await run(server.url);
    expect([...mismatched].flatMap((flag, call) => (flag === 1 ? [call] : []))).toEqual([7]);
  });

  it("gives up calls that get no answer, at the client timeout, and goes on", async () => {
    await using server = await startTestServer(
      rpcOnly(({ index }, answer) => {
        if (index % 2 === 0) answer(200, "{}");
      }),
    );
    const columns = await run(server.url, { kinds: [plainKind(PREFIX, 250 * MILLISECOND)] });
    expect(tally(columns)).toEqual({ ok: 20, transport_error: 20 });
    for (const [row, duration] of durations(columns, "intendedUs", "settledUs").entries()) {
      if (columns.status[row] === 0) expect(duration).toBeGreaterThanOrEqual(250 * MILLISECOND);
    }
  });

  it("survives a server that closes after every answer, by header or without a word", async () => {
    const server = await startRawServer((socket, request) => {
      const answer = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n";
      if (request % 2 === 0) socket.end(`${answer}connection: close\r\n\r\n{}`);
      else socket.write(`${answer}\r\n{}`, () => socket.destroySoon());
    });
    const columns = await run(urlOf(server));
    server.close();
    expect(tally(columns)).toEqual({ ok: 40 });
  });

  it("tells a cut, a reset, nonsense and an unasked answer from a whole one", async () => {
    const kinds = [
      (socket: Socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{"),
      (socket: Socket) => socket.resetAndDestroy(),
      (socket: Socket) => socket.write("SMTP ready\r\n\r\n"),
      (socket: Socket) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\n"),
    ];
    const server = await startRawServer((socket, request) => kinds[request % 4]?.(socket));
    const columns = await run(urlOf(server));
    server.close();
    expect([...columns.outcome.subarray(0, 40)].map((code) => OUTCOMES[code])).toEqual(
      Array.from({ length: 40 }, (_, row) => (row % 4 === 3 ? "ok" : "transport_error")),
    );
  });

  it("reads an answer that comes a byte at a time", async () => {
    const server = await startRawServer((socket) => {
      socket.setNoDelay(true);
      const rest = [..."HTTP/1.1 408 Timeout\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"];
      const next = (): void => void socket.write(rest.shift() as string, () => rest.length > 0 && setImmediate(next));
      next();
    });
    const columns = await run(urlOf(server));
    server.close();
    expect(tally(columns)).toEqual({ timeout: 40 });
  });

  it("ends calls in flight as cancelled and the rest as dropped when it is stopped", async () => {
    let stop = (): void => undefined;
    await using server = await startTestServer(
      rpcOnly(({ body }, answer) => {
        const call = Number(/tag-(\d+)/.exec(body)?.[1]);
        if (call < 5) answer(200, "{}");
        if (call === 9) stop();
      }),
    );
    const started = runNative(
      batch(server.url, {
        intendedUs: Float64Array.from({ length: 40 }, (_, call) => (call < 10 ? call * 1_000 : SECOND * 60)),
      }),
      () => undefined,
    );
    stop = () => started.stop();
    await started.ready;
    await started.start();
    expect(tally(await started.result)).toEqual({ ok: 5, cancelled: 5, dropped: 30 });
  });

  it("keeps a fixed number of callers busy in a closed workload", async () => {
    let open = 0;
    let most = 0;
    await using server = await startTestServer(
      rpcOnly((_, answer) => {
        most = Math.max(most, ++open);
        setTimeout(() => {
          open--;
          answer(200, "{}");
        }, 10);
      }),
    );
    const closed = { callers: 7, duration: 300 * MILLISECOND, think: undefined };
    const columns = await run(server.url, {
      closed,
      intendedUs: new Float64Array(0),
      targets: Uint32Array.of(2, 0, 1),
    });
    expect(most).toBe(7);
    expect(tally(columns)).toEqual({ ok: columns.length });
    expect(columns.length).toBeGreaterThan(35);
    expect([...columns.device.subarray(0, columns.length)].every((device) => device < 3)).toBe(true);
  });

  it("says why a server cannot be reached", async () => {
    const server = await startRawServer(() => undefined);
    const url = urlOf(server);
    await new Promise((resolve) => server.close(resolve));
    await expect(run(url)).rejects.toThrow("ECONNREFUSED");
  });

  it("refuses a token that would break out of its header", async () => {
    await expect(run("http://127.0.0.1:9", { token: "a\r\nx: y" })).rejects.toThrow("x-authorization");
  });

  it("calls over TLS, and refuses a certificate nobody vouches for", async () => {
    const folder = await mkdtemp(join(tmpdir(), "rpcfleet-tls-"));
    const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
    const made = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
    execFileSync("openssl", [...made, "-keyout", key, "-out", cert, ...subject], { stdio: "pipe" });
    const server = createSecureServer({ key: await readFile(key), cert: await readFile(cert) }, (request, response) => {
      request.resume();
      response.end("{}");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await expect(run(url)).rejects.toThrow("SELF_SIGNED");
    const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
    try {
      expect(tally(await run(url))).toEqual({ ok: 40 });
    } finally {
      if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
      else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
      server.closeAllConnections();
      server.close();
      await rm(folder, { recursive: true });
    }
  });
});
