import { describe, expect, it } from "vitest";
import type { CallColumns } from "../../protocol/call-records.ts";
import { OUTCOMES } from "../../protocol/outcome.ts";
import { MILLISECOND, SECOND } from "../../protocol/time.ts";
import { type CallBatch, PLAIN_HABITS, plainKind } from "./call-batch.ts";
import { type RpcHandler, runBatch, startTestServer, testBatch } from "./caller-test-support.ts";
import { runNative } from "./native.ts";

const PREFIX = '{"method":"getValue","params":{"nonce":"0000abcd-';
const CALLS = 40;

function batch(url: string, change: Partial<CallBatch> = {}): CallBatch {
  return testBatch(url, { kinds: [plainKind(PREFIX, 5 * SECOND)], ...change });
}

const run = (url: string, change: Partial<CallBatch> = {}): Promise<CallColumns> => runBatch(batch(url, change));

const habits = (change: Partial<CallBatch["habits"]>) => ({ habits: { ...PLAIN_HABITS, ...change } });
const outcomesOf = ({ outcome, length }: CallColumns) =>
  Array.from(outcome.subarray(0, length), (code) => OUTCOMES[code]);
const callOf = (body: string): number => Number(/abcd-(\d+)"/.exec(body)?.[1]);

/** Warm-up requests are answered at once; the rest as the test says. */
const beside =
  (handler: RpcHandler): RpcHandler =>
  (request, answer) =>
    request.url === "/api/auth/user" ? answer(200, "{}") : handler(request, answer);

describe("callers who repeat their calls", () => {
  it("each try is a call of its own, due the backoff after the end of the one before, until one is answered", async () => {
    const tries = new Map<string, number>();
    await using server = await startTestServer(
      beside(({ body }, answer) => {
        const { requestUUID } = JSON.parse(body) as { requestUUID: string };
        const call = Number.parseInt(requestUUID.slice(-12), 16);
        const earlier = tries.get(requestUUID) ?? 0;
        tries.set(requestUUID, earlier + 1);
        // Call 0 fails for ever, every fourth one once.
        answer(call === 0 || (call % 4 === 0 && earlier === 0) ? 408 : 200, "");
      }),
    );
    const retry = "retry(on=timeout, attempts=2, backoff=fixed(30ms), key=same)";
    const columns = await run(server.url, habits({ retry }));
    const { retryOf, length, intendedUs, sentUs, settledUs, device } = columns;
    const outcomes = outcomesOf(columns);
    for (let call = 0; call < CALLS; call++) {
      const tried = [...retryOf.subarray(0, length).keys()].filter((row) => row === call || retryOf[row] === call);
      const ends = call === 0 ? ["timeout", "timeout", "timeout"] : call % 4 === 0 ? ["timeout", "ok"] : ["ok"];
      expect(tried.map((row) => outcomes[row])).toEqual(ends);
      for (const [i, row] of tried.entries()) {
        if (i === 0) continue;
        expect((intendedUs[row] as number) - (settledUs[tried[i - 1] as number] as number)).toBe(30 * MILLISECOND);
        expect(sentUs[row]).toBeGreaterThanOrEqual(intendedUs[row] as number);
        expect(device[row]).toBe(device[call]);
      }
    }
    expect(server.requests.filter(({ url }) => url.includes("/rpc/")).length).toBe(length);
  });

  it.each([
    ["same", 1],
    ["new", 3],
  ] as const)("key=%s: three tries carry %d requestUUIDs", async (key, distinct) => {
    await using server = await startTestServer(beside((_, answer) => answer(409, "")));
    const retry = `retry(on=no_connection, attempts=2, backoff=fixed(1ms), key=${key})`;
    const plan = { intendedUs: new Float64Array(1), targets: new Uint32Array(1), kindOf: new Uint8Array(1) };
    expect(outcomesOf(await run(server.url, { ...plan, ...habits({ retry }) }))).toEqual(
      Array(3).fill("no_connection"),
    );
    const keys = server.requests
      .filter(({ url }) => url.includes("/rpc/"))
      .map(({ body }) => JSON.parse(body).requestUUID);
    expect(keys.length).toBe(3);
    expect(new Set(keys).size).toBe(distinct);
    for (const uuid of keys) expect(uuid).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });

  it("a stop ends it: what waits for its next try was never sent", async () => {
    await using server = await startTestServer(beside((_, answer) => answer(408, "")));
    const retry = "retry(on=timeout, backoff=fixed(1h))";
    const plan = { intendedUs: new Float64Array(2), targets: new Uint32Array(2), kindOf: new Uint8Array(2) };
    let stop = (): void => undefined;
    const started = runNative(
      batch(server.url, { ...plan, ...habits({ retry }) }),
      ({ settled }) => settled === 2 && stop(),
    );
    stop = () => started.stop();
    await started.ready;
    await started.start();
    expect(outcomesOf(await started.result)).toEqual(["timeout", "timeout", "dropped", "dropped"]);
  });
});

describe("callers who give their calls up", () => {
  it("end as cancelled, that long after sending, and close their connection", async () => {
    let closedByThen = 0;
    await using server = await startTestServer(
      beside(({ body }, answer) => {
        const call = callOf(body);
        if (call % 2 === 0) answer(200, "{}");
        if (call === CALLS) closedByThen = server.closed();
      }),
    );
    // One call more, long after all others have ended.
    const intendedUs = Float64Array.from({ length: CALLS + 1 }, (_, call) =>
      call === CALLS ? 3 * SECOND : call * 5_000,
    );
    const plan = { intendedUs, targets: new Uint32Array(CALLS + 1), kindOf: new Uint8Array(CALLS + 1) };
    const columns = await run(server.url, { ...plan, ...habits({ abort: "abort(p=100%, after=400ms)" }) });
    const { sentUs, settledUs } = columns;
    expect(outcomesOf(columns)).toEqual(
      Array.from({ length: CALLS + 1 }, (_, call) => (call % 2 === 0 ? "ok" : "cancelled")),
    );
    for (let call = 1; call < CALLS; call += 2) {
      const waited = (settledUs[call] as number) - (sentUs[call] as number);
      expect(waited).toBeGreaterThanOrEqual(400 * MILLISECOND);
    }
    expect(closedByThen).toBe(CALLS / 2);
  });

  it("are as many as their share, the same ones for a seed", async () => {
    await using server = await startTestServer(beside((_, answer) => void setTimeout(() => answer(200, "{}"), 400)));
    const once = async () => outcomesOf(await run(server.url, habits({ abort: "abort(p=30%, after=10ms)" })));
    const [first, second] = [await once(), await once()];
    expect(first).toEqual(second);
    const gone = first.filter((outcome) => outcome === "cancelled").length;
    expect(gone).toBeGreaterThan(3);
    expect(gone).toBeLessThan(24);
    expect(first.filter((outcome) => outcome === "ok").length).toBe(CALLS - gone);
  });
});

describe("callers who think", () => {
  it("call again so long after the answer, and never two at a time", async () => {
    let open = 0;
    let most = 0;
    await using server = await startTestServer(
      beside((_, answer) => {
        most = Math.max(most, ++open);
        setTimeout(() => {
          open--;
          answer(200, "{}");
        }, 5);
      }),
    );
    const closed = { callers: 1, duration: 400 * MILLISECOND, think: "constant(30ms)" };
    const plan = { intendedUs: new Float64Array(0), targets: Uint32Array.of(2, 1), kindOf: new Uint8Array(2) };
    const columns = await run(server.url, { ...plan, closed });
    const { length, intendedUs, settledUs, sentUs, device } = columns;
    expect(most).toBe(1);
    expect(length).toBeGreaterThan(3);
    for (let row = 1; row < length; row++) {
      expect((intendedUs[row] as number) - (settledUs[row - 1] as number)).toBe(30 * MILLISECOND);
      expect(sentUs[row]).toBeGreaterThanOrEqual(intendedUs[row] as number);
    }
    expect([...device.subarray(0, 3)]).toEqual([2, 1, 2]);
    expect(intendedUs[length - 1]).toBeLessThan(closed.duration);
  });
});

describe("persistent calls", () => {
  const kinds = [{ ...plainKind(PREFIX, 2 * SECOND), persistent: true }];

  it("end when their record is final, by what it says", async () => {
    const looks = new Map<string, number>();
    const ends: Record<number, object> = {
      0: { status: "SUCCESSFUL", response: { ok: true } },
      1: { status: "SUCCESSFUL", response: { error: "no" } },
      2: { status: "EXPIRED", response: null },
      3: { status: "FAILED", response: { error: "There was a Timeout" } },
      4: { status: "SUCCESSFUL", response: { nonce: "0000abcd-9" } },
    };
    await using server = await startTestServer(
      beside(({ url, body }, answer) => {
        if (url.includes("/twoway/")) return answer(200, `{"rpcId":"id-${callOf(body)}"}`);
        const seen = (looks.get(url) ?? 0) + 1;
        looks.set(url, seen);
        const call = Number(url.split("id-")[1]);
        answer(200, JSON.stringify(seen < 3 ? { status: "DELIVERED", response: null } : ends[call]));
      }),
    );
    const plan = { intendedUs: new Float64Array(5), targets: new Uint32Array(5), kindOf: new Uint8Array(5) };
    const columns = await run(server.url, { ...plan, kinds, ...habits({ pollInterval: 20 * MILLISECOND }) });
    expect(outcomesOf(columns)).toEqual(["ok", "device_error", "timeout", "timeout", "ok"]);
    expect([...columns.mismatched.subarray(0, 5)]).toEqual([0, 0, 0, 0, 1]);
    expect([...looks.values()]).toEqual([3, 3, 3, 3, 3]);
    for (let call = 0; call < 5; call++) {
      const waited = (columns.settledUs[call] as number) - (columns.sentUs[call] as number);
      expect(waited).toBeGreaterThanOrEqual(3 * 20 * MILLISECOND);
    }
  });

  it("a refusal ends them at once, a record that never ends by the caller's own limit", async () => {
    await using server = await startTestServer(
      beside(({ url, body }, answer) => {
        if (!url.includes("/twoway/")) return answer(200, '{"status":"QUEUED"}');
        answer(callOf(body) === 0 ? 404 : 200, callOf(body) === 1 ? "{}" : '{"rpcId":"x"}');
      }),
    );
    const plan = { intendedUs: new Float64Array(3), targets: new Uint32Array(3), kindOf: new Uint8Array(3) };
    const short = [{ ...kinds[0], clientTimeout: 200 * MILLISECOND } as CallBatch["kinds"][number]];
    const columns = await run(server.url, { ...plan, kinds: short });
    expect(outcomesOf(columns)).toEqual(["rejected", "server_error", "transport_error"]);
  });
});

describe("calls of several kinds", () => {
  it("go each its own way, with its own body", async () => {
    await using server = await startTestServer(beside((_, answer) => answer(200, "")));
    const oneway = { ...plainKind('{"method":"set","params":{"nonce":"0000abcd-', SECOND), oneway: true };
    const kindOf = Uint8Array.from({ length: CALLS }, (_, call) => call % 2);
    const columns = await run(server.url, { kinds: [plainKind(PREFIX, SECOND), oneway], kindOf });
    expect([...columns.kind.subarray(0, 4)]).toEqual([0, 1, 0, 1]);
    const calls = server.requests.filter(({ url }) => url.includes("/rpc/"));
    for (const { url, body } of calls) {
      const odd = callOf(body) % 2 === 1;
      expect(url).toContain(odd ? "/oneway/" : "/twoway/");
      expect(JSON.parse(body).method).toBe(odd ? "set" : "getValue");
    }
    expect(calls.length).toBe(CALLS);
  });
});
