import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CallColumns, createCallColumns, growColumns } from "../../protocol/call-records.ts";
import { OUTCOME_CODE, OUTCOMES } from "../../protocol/outcome.ts";
import { MILLISECOND, SECOND } from "../../protocol/time.ts";
import { type CallBatch, type CallProgress, PLAIN_HABITS, plainKind } from "./call-batch.ts";
import { type RpcHandler, startTestServer } from "./caller-test-support.ts";
import type { EndedCalls } from "./ended-calls.ts";
import { runNative } from "./native.ts";
import { ProgressFold } from "./progress-fold.ts";

type Row = readonly [outcome: string, responseUs: number, sendLagUs: number];

/** Order is nobody's business: a list of rows that compares as a bag. */
function bag(rows: readonly Row[]): string[] {
  return rows.map((row) => row.join(" ")).sort();
}

function told(ended: readonly EndedCalls[]): string[] {
  return bag(
    ended.flatMap(({ outcome, responseUs, sendLagUs }) =>
      Array.from(
        outcome,
        (code, index): Row => [OUTCOMES[code] as string, responseUs[index] as number, sendLagUs[index] as number],
      ),
    ),
  );
}

function inColumns({ length, outcome, intendedUs, sentUs, settledUs }: CallColumns): string[] {
  return bag(
    Array.from({ length }, (_, row): Row => {
      const intended = intendedUs[row] as number;
      return [
        OUTCOMES[outcome[row] as number] as string,
        (settledUs[row] as number) - intended,
        (sentUs[row] as number) - intended,
      ];
    }),
  );
}

/** What may happen to a caller's columns: the plan's next call is sent, one is added, an open one ends, somebody looks. */
const step = fc.oneof(
  fc.constant({ kind: "begin" } as const),
  fc.constant({ kind: "add" } as const),
  fc.constant({ kind: "look" } as const),
  fc.record({
    kind: fc.constant("settle" as const),
    open: fc.nat(),
    code: fc.constantFrom(OUTCOME_CODE.ok, OUTCOME_CODE.timeout),
  }),
);

describe("a fold of progress", () => {
  it("tells each call once: all messages together are the columns", () => {
    fc.assert(
      fc.property(fc.nat(40), fc.array(step, { maxLength: 200 }), (planned, steps) => {
        let columns = createCallColumns(Math.max(1, planned));
        columns.length = planned;
        for (let row = 0; row < planned; row++) columns.intendedUs[row] = row * 10;
        const fold = new ProgressFold();
        const open: number[] = [];
        const ended: EndedCalls[] = [];
        let begun = 0;
        let now = 0;
        let settled = 0;
        for (const one of steps) {
          now += 7;
          if (one.kind === "begin" && begun < planned) {
            columns.sentUs[begun] = now;
            open.push(begun++);
          } else if (one.kind === "add") {
            const row = columns.length;
            columns = growColumns(columns, row + 1);
            columns.length = row + 1;
            columns.intendedUs[row] = now;
            columns.sentUs[row] = now + 1;
            open.push(row);
          } else if (one.kind === "settle" && open.length > 0) {
            const [row] = open.splice(one.open % open.length, 1) as [number];
            columns.settledUs[row] = now;
            columns.outcome[row] = one.code;
            settled++;
          } else if (one.kind === "look") {
            const progress = fold.take({ columns, planned, begun }, now);
            expect(progress.settled).toBe(settled);
            expect((progress.sent as number) - progress.settled).toBe(open.length);
            ended.push(progress.ended);
          }
        }
        const last = fold.takeLast({ columns, planned, begun }, now);
        expect(told([...ended, last.ended])).toEqual(inColumns(columns));
        expect(last.settled).toBe(settled);
      }),
    );
  });

  it("knows what was due, and does not walk calls that ended long ago", () => {
    const columns = createCallColumns(3_000);
    columns.length = 3_000;
    for (let row = 0; row < 3_000; row++) columns.intendedUs[row] = row;
    const fold = new ProgressFold();
    expect(fold.take({ columns, planned: 3_000, begun: 3_000 }, 999)).toMatchObject({ due: 1_000, sent: 3_000 });
    columns.settledUs.fill(5_000);
    columns.outcome.fill(OUTCOME_CODE.ok);
    expect(fold.take({ columns, planned: 3_000, begun: 3_000 }, 5_000).ended.outcome).toHaveLength(3_000);
    expect(fold.take({ columns, planned: 3_000, begun: 3_000 }, 6_000)).toMatchObject({
      due: 3_000,
      settled: 3_000,
      ended: { outcome: new Uint8Array(0) },
    });
  });
});

describe("the native caller's messages", () => {
  const answers: RpcHandler = ({ url, index }, answer) => {
    if (!url.includes("/rpc/")) answer(200, "{}");
    else if (index % 4 !== 0) answer(index % 3 === 0 ? 409 : 200, "{}");
  };
  const common: Omit<CallBatch, "url" | "intendedUs" | "targets" | "kindOf" | "closed"> = {
    dialect: "tb-v1",
    token: "jwt",
    kinds: [plainKind('{"params":{"nonce":"tag-', 400 * MILLISECOND)],
    habits: PLAIN_HABITS,
    runTag: "tag",
    seed: "1",
    deviceIds: ["device"],
    firstCall: 0,
    step: 0,
    connections: 2,
  };
  const intendedUs = Float64Array.from({ length: 200 }, (_, call) => call * 3 * MILLISECOND);
  const open = { intendedUs, targets: new Uint32Array(200), kindOf: new Uint8Array(200), closed: undefined };
  const none = { intendedUs: new Float64Array(0), targets: new Uint32Array(1), kindOf: new Uint8Array(1) };

  it.each([
    ["of an open workload", open, false],
    ["of a closed one", { ...none, closed: { callers: 5, duration: SECOND, think: undefined } }, false],
    ["of one that is stopped with calls in flight and calls unsent", open, true],
  ])("%s add up to its columns", async (_, workload, stopped) => {
    await using server = await startTestServer(answers);
    const messages: CallProgress[] = [];
    const caller = runNative({ ...common, ...workload, url: server.url }, (progress) => {
      messages.push(progress);
      if (stopped) caller.stop();
    });
    await caller.ready;
    await caller.start();
    const columns = await caller.result;
    expect(messages.length).toBeGreaterThan(1);
    expect(told(messages.map(({ ended }) => ended))).toEqual(inColumns(columns));
    const last = messages.at(-1) as CallProgress;
    expect(last.sent).toBe(last.settled);
    expect(last.busy).toBeGreaterThan(0);
    expect(last.busy).toBeLessThanOrEqual(1);
  });
});
