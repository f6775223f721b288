import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CallBody, callBody } from "../../protocol/call-body.ts";
import { OUTCOME_CODE, OUTCOMES, type Outcome } from "../../protocol/outcome.ts";
import { SECOND } from "../../protocol/time.ts";
import { monotonicNow } from "../clock.ts";
import { plainKind } from "./call-batch.ts";
import { type RpcHandler, requireK6, startTestServer, type TestServer, testBatch } from "./caller-test-support.ts";
import { type K6Result, type K6Run, type K6RunOptions, runK6 } from "./k6.ts";
import { inspectScript } from "./k6-process.ts";

const k6Path = await requireK6();
const PREFIX = '{"method":"getValue","params":{"text":"größe","nonce":"tag-';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "rpcfleet-k6-test-"));
});
afterAll(() => rm(folder, { recursive: true }));

function optionsFor(server: TestServer, change: Partial<K6RunOptions> = {}): K6RunOptions {
  const kinds = [plainKind(PREFIX, 5 * SECOND)];
  return {
    ...testBatch(server.url, { kinds, runTag: "tag", connections: 10, ...change }, { calls: 100, every: 10_000 }),
    vus: 20,
    thresholds: {},
    k6Path: k6Path as string,
    folder,
    onProgress: () => {},
    ...change,
  };
}

async function run(handler: RpcHandler, change: Partial<K6RunOptions> = {}, meanwhile?: (run: K6Run) => void) {
  await using server = await startTestServer(handler);
  const started = runK6(optionsFor(server, change));
  await started.ready;
  const origin = await started.start();
  meanwhile?.(started);
  return { ...(await started.result), origin, requests: server.requests, connections: server.connections() };
}

function tally({ columns }: K6Result): Partial<Record<Outcome, number>> {
  const counts: Partial<Record<Outcome, number>> = {};
  for (const code of columns.outcome.subarray(0, columns.length)) {
    const outcome = OUTCOMES[code] as Outcome;
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}

function differences({ columns }: K6Result, from: "intendedUs" | "sentUs", to: "sentUs" | "settledUs"): number[] {
  return Array.from(
    { length: columns.length },
    (_, row) => (columns[to][row] as number) - (columns[from][row] as number),
  );
}

const echo: RpcHandler = ({ body }, answer) =>
  void setTimeout(() => answer(200, JSON.stringify(JSON.parse(body).params)), 40);

describe.skipIf(k6Path === undefined)("runK6", () => {
  it("sends each planned call once, on time, and times it", async () => {
    const progress: number[] = [];
    const result = await run(echo, { firstCall: 700, step: 3, onProgress: ({ settled }) => progress.push(settled) });
    expect(result.reason).toBeUndefined();
    expect([result.exitCode, result.k6Version.slice(0, 5)]).toEqual([0, "k6 v2"]);
    expect(tally(result)).toEqual({ ok: 100 });
    expect(result.requests.length).toBe(100);
    expect(progress.at(-1)).toBe(100);
    // No call paid for its own connection.
    expect(result.connections).toBe(20);
    const service = median(differences(result, "sentUs", "settledUs"));
    expect(service).toBeGreaterThan(39_000);
    expect(service).toBeLessThan(43_000);
    const lag = differences(result, "intendedUs", "sentUs");
    expect(Math.min(...lag)).toBeGreaterThanOrEqual(0);
    expect(median(lag)).toBeLessThan(3_000);
    expect([...result.columns.device.slice(0, 4), ...result.columns.step.slice(0, 2)]).toEqual([0, 1, 2, 0, 3, 3]);
    expect(result.columns.mismatched.some((flag) => flag === 1)).toBe(false);
    const byCall = new Map(result.requests.map((request) => [request.body, request]));
    expect(byCall.get(`${PREFIX}704"}}`)).toMatchObject({
      url: "/api/plugins/rpc/twoway/device-b",
      token: "Bearer jwt",
    });
  });

  it("puts its origin on this machine's monotonic clock", async () => {
    const arrivals: number[] = [];
    const result = await run((_, answer) => {
      arrivals.push(monotonicNow());
      answer(200, "{}");
    });
    const lateness = arrivals.map((at, call) => at - result.origin - (result.columns.sentUs[call] as number));
    expect(Math.abs(median(lateness))).toBeLessThan(3_000);
  });

  it("shows a server stall in the response time, from the intended start", async () => {
    // Nothing is answered in the first second; few VUs, so that most calls cannot even be sent before.
    let stallEnds = 0;
    const result = await run(
      (_, answer) => {
        stallEnds ||= Date.now() + 1_000;
        setTimeout(() => answer(200, "{}"), Math.max(0, stallEnds - Date.now()));
      },
      { vus: 5 },
    );
    expect(tally(result)).toEqual({ ok: 100 });
    const response = differences(result, "intendedUs", "settledUs");
    expect(response[0]).toBeGreaterThan(980_000);
    expect(response[50]).toBeGreaterThan(400_000);
    expect(response[50]).toBeLessThan(700_000);
    expect(differences(result, "sentUs", "settledUs")[50]).toBeLessThan(1_100_000);
  });

  it("classifies every kind of answer", async () => {
    const answers: [number, string][] = [
      [200, '{"größe":"日本"}'],
      [200, '{"error":"no"}'],
      [408, ""],
      [409, ""],
      [500, "oops"],
      [500, '{"message":"Request timeout"}'],
      [404, ""],
      [200, '{"nonce":"tag-8"}'],
      [200, '{"nonce":"tag-7"}'],
    ];
    const bodies = new Map(answers.map((answer, call) => [`${PREFIX}${call}"}}`, answer]));
    const result = await run(({ body }, answer) => answer(...(bodies.get(body) as [number, string])), {
      intendedUs: Float64Array.from(answers, (_, i) => i * 10_000),
      targets: new Uint32Array(answers.length),
    });
    const expected = [
      "ok",
      "device_error",
      "timeout",
      "no_connection",
      "server_error",
      "timeout",
      "rejected",
      "ok",
      "ok",
    ];
    expect(Array.from(result.columns.outcome.slice(0, answers.length), (code) => OUTCOMES[code])).toEqual(expected);
    expect([...result.columns.status]).toEqual(answers.map(([status]) => status));
    expect([...result.columns.mismatched]).toEqual([0, 0, 0, 0, 0, 0, 0, 1, 1]);
  });

  it("ends a call that hangs by the client timeout", async () => {
    const result = await run(({ index }, answer) => void (index === 99 || answer(200, "{}")), {
      kinds: [plainKind(PREFIX, SECOND)],
    });
    expect(tally(result)).toEqual({ ok: 99, transport_error: 1 });
    const row = result.columns.outcome.indexOf(OUTCOME_CODE.transport_error);
    expect(result.columns.status[row]).toBe(0);
    expect(differences(result, "sentUs", "settledUs")[row]).toBeGreaterThan(990_000);
  });

  it("is stopped in good order: what was due is cancelled, what was not is dropped, and all add up", async () => {
    const hanging = 10;
    let stopping: K6Run | undefined;
    let stoppedAt = 0;
    const result = await run(
      ({ index }, answer) => {
        if (index >= hanging) answer(200, "{}");
        if (index !== 60) return;
        stoppedAt = monotonicNow();
        stopping?.stop();
      },
      { vus: 30 },
      (started) => {
        stopping = started;
      },
    );
    expect(result.reason).toBeUndefined();
    expect(result.exitCode).toBe(105);
    const counts = tally(result);
    expect((counts.ok ?? 0) + (counts.cancelled ?? 0) + (counts.dropped ?? 0)).toBe(100);
    expect(counts.cancelled).toBeGreaterThanOrEqual(hanging);
    expect(counts.dropped).toBeGreaterThan(20);
    const { columns, origin } = result;
    for (let row = 0; row < columns.length; row++) {
      const due = (columns.intendedUs[row] as number) < stoppedAt - origin - 1_000;
      if (columns.outcome[row] === OUTCOME_CODE.dropped) expect(due).toBe(false);
    }
  });

  it("can be stopped before it was started", async () => {
    await using server = await startTestServer(echo);
    const started = runK6(optionsFor(server));
    started.stop();
    await started.ready;
    await started.start();
    expect(tally(await started.result)).toEqual({ dropped: 100 });
    const waiting = runK6(optionsFor(server));
    await waiting.ready;
    waiting.stop();
    expect(tally(await waiting.result)).toEqual({ dropped: 100 });
    expect(server.requests.length).toBe(0);
  });

  it("sends calls of several kinds each its own way, filled to their size", async () => {
    const parts = { method: "set", params: {}, timeout: SECOND, persistent: false, runTag: "tag", keyed: false };
    const body = callBody({ ...parts, size: 500 }) as CallBody;
    const kinds = [plainKind(PREFIX, SECOND), { oneway: true, persistent: false, body, clientTimeout: SECOND }];
    const kindOf = Uint8Array.from({ length: 100 }, (_, call) => call % 2);
    const result = await run((_, answer) => answer(200, ""), { kinds, kindOf });
    expect(tally(result)).toEqual({ ok: 100 });
    expect([...result.columns.kind.subarray(0, 4)]).toEqual([0, 1, 0, 1]);
    const sizes = result.requests.filter(({ url }) => url.includes("/oneway/")).map(({ body: text }) => text.length);
    expect(sizes).toEqual(Array(50).fill(500));
    expect(
      result.requests.filter(({ url, body: text }) => url.includes("/twoway/") && text.startsWith(PREFIX)).length,
    ).toBe(50);
  });

  it("keeps a fixed number of callers busy in a closed workload", async () => {
    const closed = { callers: 4, duration: SECOND, think: undefined };
    const plan = { intendedUs: new Float64Array(0), targets: Uint32Array.of(0, 1, 2), kindOf: new Uint8Array(3) };
    const result = await run(echo, { ...plan, closed, firstCall: 5 });
    const { columns } = result;
    // 4 callers, one call per 40 ms and a little.
    expect(columns.length).toBeGreaterThan(75);
    expect(columns.length).toBeLessThanOrEqual(104);
    expect(tally(result)).toEqual({ ok: columns.length });
    expect(columns.intendedUs.slice(0, columns.length)).toEqual(columns.sentUs.slice(0, columns.length));
    expect(result.requests[0]?.body).toMatch(/tag-[5-8]"/);
    expect(new Set(columns.device.subarray(0, columns.length))).toEqual(new Set([0, 1, 2]));
  });

  it("does not let a stray K6_VUS or proxy in the environment change the run", async () => {
    process.env.K6_VUS = "1";
    process.env.HTTP_PROXY = "http://127.0.0.1:9";
    try {
      expect(tally(await run(echo))).toEqual({ ok: 100 });
    } finally {
      delete process.env.K6_VUS;
      delete process.env.HTTP_PROXY;
    }
  });

  it("says why k6 died, accounts for its calls and leaves nothing secret behind", async () => {
    const before = await privateFolders();
    await using server = await startTestServer(echo);
    const started = runK6(optionsFor(server, { url: "http://[broken", folder: join(folder, "missing") }));
    await expect(started.ready).rejects.toThrow(/k6/);
    const result = await started.result;
    expect(result.reason).toMatch(/exit code \d+/);
    expect(tally(result)).toEqual({ dropped: 100 });
    expect(await privateFolders()).toEqual(before);
  });

  it("passes on the last words of a k6 that crashes", async () => {
    const before = await privateFolders();
    const fake = join(folder, "crashing-k6");
    const script = 'case $1 in version) echo "k6 v2.9.9";; run) echo "panic: boom" >&2; exit 109;; esac';
    await writeFile(fake, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    await using server = await startTestServer(echo);
    const started = runK6(optionsFor(server, { k6Path: fake }));
    await expect(started.start()).rejects.toThrow("boom");
    expect(await started.result).toMatchObject({ exitCode: 109, k6Version: "k6 v2.9.9" });
    expect(await privateFolders()).toEqual(before);
  });

  it("takes an empty batch for what it is", async () => {
    const result = await run(echo, { intendedUs: new Float64Array(0), targets: new Uint32Array(0) });
    expect([result.columns.length, result.exitCode, result.reason]).toEqual([0, 0, undefined]);
  });
});

describe.skipIf(k6Path === undefined)("inspectScript", () => {
  it("cuts off a script that makes k6 spin for ever", async () => {
    const script = join(folder, "hang.ts");
    await writeFile(script, "export default async function () { for await (const x of []) { x as number; } }\n");
    const why = await inspectScript({ k6Path: k6Path as string, script, planFile: "/none", timeBoxMs: 1_500 });
    expect(why).toContain("did not end within 1500 ms");
  });

  it("passes k6's own words on", async () => {
    const script = join(folder, "missing-plan.ts");
    await writeFile(script, "open(__ENV.PLAN); export default function () {}\n");
    const why = await inspectScript({ k6Path: k6Path as string, script, planFile: "/no/plan", timeBoxMs: 10_000 });
    expect(why).toContain("/no/plan");
    expect(existsSync(script)).toBe(true);
  });
});

async function privateFolders(): Promise<string[]> {
  return (await readdir(tmpdir())).filter((name) => /^rpcfleet-k6-(?!test)/.test(name));
}
