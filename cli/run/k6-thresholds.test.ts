import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { createLedgerColumns } from "../../protocol/call-records.ts";
import { seedFrom } from "../../protocol/random.ts";
import { MILLISECOND } from "../../protocol/time.ts";
import { fixtureRun, recordOf } from "../../reports/fixture.ts";
import { foldRun } from "../../reports/fold-run.ts";
import { parseGate } from "../../reports/gate.ts";
import { judgeGate } from "../../reports/judge-gate.ts";
import { summarize } from "../../reports/summary.ts";
import type { Figures } from "../../reports/summary-schema.ts";
import { requireK6, startTestServer, testBatch } from "../../simulator/caller/caller-test-support.ts";
import { runK6 } from "../../simulator/caller/k6.ts";
import { k6Thresholds } from "./k6-thresholds.ts";

describe("gates as thresholds of k6", () => {
  it("say the same in k6's words, in milliseconds", () => {
    const gates = [
      "p99.9(rtt) < 1.5s",
      "p50(rtt) <= 100us",
      "mean(service) < 1s",
      "max(lag) < 5ms",
      "min(rtt_all) > 1ms",
    ];
    expect(k6Thresholds([...gates, "timeouts <= 0.1%", "device_errors == 0", "timeouts < 7"], 1)).toEqual({
      rpc_rtt: ["p(99.9)<1500", "p(50)<=0.1"],
      rpc_service: ["avg<1000"],
      rpc_lag: ["max<5"],
      rpc_rtt_all: ["min>1"],
      rpc_timeout: ["rate<=0.001"],
      rpc_timeout_count: ["count<7"],
      rpc_device_error_count: ["count==0"],
    });
  });

  it("leave out what k6 does not see, and steps, each of which is a k6 of its own", () => {
    expect(
      k6Thresholds(["p99(overhead) < 1s", "late_replies == 0", "health == ok", "throughput >= 5/s", "?"], 1),
    ).toEqual({});
    expect(k6Thresholds(["p99(rtt) < 1s"], 2)).toEqual({});
  });
});

const k6Path = await requireK6();
const CALLS = 200;

/** A run of k6 against a server that lets every tenth call time out: its own verdict, and ours of the same calls. */
async function judgedTwice(gates: readonly string[]) {
  const folder = await mkdtemp(join(tmpdir(), "rpcfleet-k6-test-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await using server = await startTestServer(({ index }, answer) => {
    setTimeout(() => answer(index % 10 === 0 ? 408 : 200, ""), 20);
  });
  const started = runK6({
    ...testBatch(server.url, { connections: 0 }, { calls: CALLS, every: 5 * MILLISECOND }),
    vus: 20,
    thresholds: k6Thresholds(gates, 1),
    k6Path: k6Path as string,
    folder,
    onProgress: () => undefined,
  });
  await started.ready;
  await started.start();
  const { columns: calls, exitCode, reason } = await started.result;
  const { facts, totals } = fixtureRun();
  const record = recordOf({ facts, totals, calls, ledger: createLedgerColumns(1), server: undefined });
  const folded = foldRun(record);
  // A busy machine makes the generator unwell; k6 does not know that, and it is not the question here.
  const figures: Figures = { ...summarize(record, folded), health: { verdict: "healthy", rows: [] } };
  const inputs = { figures, series: folded.whole.series, seconds: {}, seed: seedFrom("1"), baseline: undefined };
  const verdicts = gates.map((gate) => judgeGate(parseGate(gate), inputs).verdict);
  return { exitCode, reason, verdicts, log: await readFile(join(folder, "k6.log"), "utf8") };
}

describe.skipIf(k6Path === undefined)("k6 and the report judge alike", () => {
  it("when every gate holds", async () => {
    const gates = ["p50(rtt) > 15ms", "p90(rtt_all) < 9s", "timeouts <= 20%", "timeouts <= 20", "ok >= 80%"];
    const judged = await judgedTwice(gates);
    expect(judged.verdicts).toEqual(gates.map(() => "pass"));
    expect([judged.exitCode, judged.reason]).toEqual([0, undefined]);
  });

  it("when every gate fails, and that is no failure of the run", async () => {
    const gates = ["p50(rtt) < 15ms", "max(rtt_all) < 15ms", "timeouts <= 3%", "timeouts < 20", "ok >= 97%"];
    const judged = await judgedTwice(gates);
    expect(judged.verdicts).toEqual(gates.map(() => "fail"));
    expect([judged.exitCode, judged.reason]).toEqual([99, undefined]);
    for (const metric of ["rpc_rtt", "rpc_rtt_all", "rpc_timeout", "rpc_timeout_count", "rpc_ok"]) {
      expect(judged.log).toMatch(new RegExp(`\\b${metric}\\b`));
    }
  });
});
