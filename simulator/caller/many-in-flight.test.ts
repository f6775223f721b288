import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { OUTCOME_CODE } from "../../protocol/outcome.ts";
import { SECOND } from "../../protocol/time.ts";
import { plainKind } from "./call-batch.ts";
import { testBatch } from "./caller-test-support.ts";
import { runNative } from "./native.ts";

const CALLS = 10_000;

/** Answers no call until all of them are in. A process of its own, for both ends together need more descriptors than one may have. */
const SERVER = `
const held = [];
const answer = "HTTP/1.1 200 OK\\r\\ncontent-length: 2\\r\\n\\r\\n{}";
const server = require("node:net").createServer((socket) => {
  socket.on("error", () => undefined);
  socket.on("data", () => {
    held.push(socket);
    if (held.length === ${CALLS}) for (const each of held) each.write(answer);
  });
});
server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, () => console.log(server.address().port));
`;

describe("the native caller", () => {
  it("holds ten thousand calls in flight, each on a connection of its own", { timeout: 90_000 }, async () => {
    const server = spawn(process.execPath, ["-e", SERVER], { stdio: ["ignore", "pipe", "inherit"] });
    try {
      const [port] = (await once(server.stdout, "data")) as [Buffer];
      const url = `http://127.0.0.1:${Number(String(port))}`;
      const kinds = [plainKind('{"method":"m","params":{"nonce":"0000abcd-', 60 * SECOND)];
      const batch = testBatch(url, { kinds, connections: 0 }, { calls: CALLS, every: 200 });
      const caller = runNative(batch, () => undefined);
      await caller.ready;
      await caller.start();
      const { length, outcome, sentUs, settledUs } = await caller.result;
      expect(length).toBe(CALLS);
      expect(outcome.subarray(0, length).every((code) => code === OUTCOME_CODE.ok)).toBe(true);
      // None was answered before the last was sent.
      expect(Math.min(...settledUs.subarray(0, length))).toBeGreaterThan(Math.max(...sentUs.subarray(0, length)));
    } finally {
      server.kill();
    }
  });
});
