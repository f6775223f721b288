/** What this machine adds to any figure: calls over loopback to a server that answers at once and does nothing else. */

import { createServer, type Server } from "node:net";
import { type Duration, SECOND } from "../../protocol/time.ts";
import { PLAIN_HABITS, plainKind } from "./call-batch.ts";
import { runNative } from "./native.ts";

export interface NoiseFloor {
  readonly calls: number;
  /** Response times, from the intended start. */
  readonly p50: Duration;
  readonly p99: Duration;
}

const RATE = 400;
const CALLS = 400;
const CONNECTIONS = 4;

/** Takes a second and a half. */
export async function measureNoiseFloor(): Promise<NoiseFloor> {
  const server = await startNoOpServer();
  const { port } = server.address() as { port: number };
  const caller = runNative(
    {
      url: `http://127.0.0.1:${port}`,
      dialect: "tb-v2",
      token: "none",
      kinds: [plainKind('{"method":"noop","params":{"nonce":"floor-', 5 * SECOND)],
      habits: PLAIN_HABITS,
      runTag: "floor",
      seed: "floor",
      deviceIds: ["none"],
      intendedUs: Float64Array.from({ length: CALLS }, (_, call) => Math.round((call * SECOND) / RATE)),
      targets: new Uint32Array(CALLS),
      kindOf: new Uint8Array(CALLS),
      firstCall: 0,
      step: 0,
      connections: CONNECTIONS,
      closed: undefined,
    },
    () => undefined,
  );
  try {
    await caller.ready;
    await caller.start();
    const { intendedUs, settledUs, length } = await caller.result;
    const times = settledUs.subarray(0, length).map((settled, call) => settled - (intendedUs[call] as number));
    const sorted = times.sort();
    const quantile = (p: number): Duration => sorted[Math.ceil(p * length) - 1] as Duration;
    return { calls: length, p50: quantile(0.5), p99: quantile(0.99) };
  } finally {
    server.close();
  }
}

/** Every chunk is a whole request: they are small, and there is one at a time on a connection. */
function startNoOpServer(): Promise<Server> {
  const server = createServer((socket) => {
    socket.setNoDelay(true);
    socket.on("error", () => undefined);
    socket.on("data", () => void socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"));
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}
