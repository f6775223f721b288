/** What the tests of both engines share: a server whose answers are programmed, a batch of calls, and a k6 to make them with. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { CallColumns } from "../../protocol/call-records.ts";
import { type Duration, MILLISECOND, SECOND } from "../../protocol/time.ts";
import { type CallBatch, PLAIN_HABITS, plainKind } from "./call-batch.ts";
import { k6CacheFolder, locateK6 } from "./k6-locate.ts";
import { runNative } from "./native.ts";

/** Path of a k6, or undefined when there is none and tests may be skipped; with CI=true a missing k6 is an error. */
export async function requireK6(): Promise<string | undefined> {
  const { K6_BIN, PATH, CI } = process.env;
  const found = await locateK6({ flag: undefined, env: K6_BIN, path: PATH, cache: k6CacheFolder(process.env) });
  if ("path" in found) return found.path;
  if (CI === "true" || CI === "1") throw new Error(`the tests of the k6 engine need ${found.expected}; ${found.got}`);
  return undefined;
}

interface RpcRequest {
  readonly url: string;
  readonly body: string;
  readonly token: string | undefined;
  /** Position among the RPCs that came in. */
  readonly index: number;
}

/** Answers one RPC whenever it likes; never, if it likes. */
export type RpcHandler = (request: RpcRequest, answer: (status: number, body: string) => void) => void;

export interface TestServer extends AsyncDisposable {
  readonly url: string;
  readonly requests: RpcRequest[];
  /** Connections ever accepted. */
  readonly connections: () => number;
  /** Connections that are gone. */
  readonly closed: () => number;
}

export async function startTestServer(handler: RpcHandler): Promise<TestServer> {
  const requests: RpcRequest[] = [];
  let connections = 0;
  let closed = 0;
  const server = createServer({ keepAliveTimeout: 120_000 }, async (incoming, response) => {
    if (incoming.url === "/api/noauth/health") return void response.end("ok");
    const body = await readBody(incoming);
    const token = incoming.headers["x-authorization"] as string | undefined;
    const request = { url: incoming.url ?? "", body, token, index: requests.length };
    requests.push(request);
    handler(request, (status, text) => respond(response, status, text));
  });
  server.on("connection", (socket) => {
    connections++;
    socket.on("close", () => closed++);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  const counts = { connections: () => connections, closed: () => closed };
  return { url: `http://127.0.0.1:${port}`, requests, ...counts, [Symbol.asyncDispose]: close };
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function respond(response: ServerResponse, status: number, body: string): void {
  if (response.destroyed) return;
  response.writeHead(status, { "content-type": "application/json" }).end(body);
}

const RUN_TAG = "0000abcd";

export interface BatchShape {
  readonly calls: number;
  /** Between two intended starts. */
  readonly every: Duration;
}

/** Calls at an even rate to three devices in turn, 40 of them 5 ms apart unless it is said, with what `change` says in their place. */
export function testBatch(
  url: string,
  change: Partial<CallBatch> = {},
  { calls, every }: BatchShape = { calls: 40, every: 5 * MILLISECOND },
): CallBatch {
  const { intendedUs = Float64Array.from({ length: calls }, (_, call) => call * every) } = change;
  const { targets = Uint32Array.from(intendedUs, (_, call) => call % 3) } = change;
  return {
    url,
    dialect: "tb-v1",
    token: "jwt",
    kinds: [plainKind(`{"method":"m","params":{"nonce":"${RUN_TAG}-`, 5 * SECOND)],
    habits: PLAIN_HABITS,
    runTag: RUN_TAG,
    seed: "1",
    deviceIds: ["device-a", "device-b", "device-c"],
    intendedUs,
    targets,
    kindOf: new Uint8Array(targets.length),
    firstCall: 0,
    step: 0,
    connections: 4,
    closed: undefined,
    ...change,
  };
}

/** A batch on the native engine, from start to end. */
export async function runBatch(batch: CallBatch): Promise<CallColumns> {
  const started = runNative(batch, () => undefined);
  await started.ready;
  await started.start();
  return started.result;
}
