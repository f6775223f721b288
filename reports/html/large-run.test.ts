/**
 * A run of 10 minutes, made a batch at a time. A page grows with the slots, marks and single Calls it shows, all of which are at their
 * most here, and not with the rate: 1,000 calls per second stand for 5,000.
 */
import { expect, it } from "vitest";
import { createLedgerColumns } from "../../protocol/call-records.ts";
import { OUTCOME_CODE } from "../../protocol/outcome.ts";
import { MILLISECOND, SECOND } from "../../protocol/time.ts";
import { fixtureRecord } from "../fixture.ts";
import { foldRun } from "../fold-run.ts";
import { BATCH_ROWS, type CallSource, createJoinedCalls, type JoinedCalls } from "../joined-calls.ts";
import type { RunRecord } from "../run-record.ts";
import { summarize } from "../summary.ts";
import { renderHtml } from "./report-html.ts";

const RATE = 1_000;
const SECONDS = 600;
const DEVICES = 1_000;
const CALLS = RATE * SECONDS;
const LONGEST = 500_000;

/** Uniform in [0, 1), the same for the same number: a hash of its bits. */
function uniform(number: number): number {
  let bits = Math.imul(number ^ (number >>> 16), 0x45d9f3b);
  bits = Math.imul(bits ^ (bits >>> 16), 0x45d9f3b);
  return ((bits ^ (bits >>> 16)) >>> 0) / 2 ** 32;
}

function batchAt(first: number): JoinedCalls {
  const batch = createJoinedCalls(first, Math.min(BATCH_ROWS, CALLS - first));
  for (let row = 0; row < batch.length; row += 1) {
    const call = first + row;
    const intended = (call * SECOND) / RATE;
    const chance = uniform(call);
    // A long tail, and a centre that wanders: every cell of the heatmap is in use.
    const wander = 1 + Math.sin(intended / SECOND / 40);
    const took = Math.min(
      4_000 * MILLISECOND,
      (5 + 40 * wander) * MILLISECOND * (0.3 + 1 / Math.sqrt(1.000001 - chance)),
    );
    const outcome =
      call % 211 === 0 ? "timeout" : call % 1_013 === 0 ? "server_error" : call % 3_001 === 0 ? "dropped" : "ok";
    batch.intendedUs[row] = intended;
    batch.device[row] = Math.floor(uniform(call + 1) * DEVICES);
    batch.outcome[row] = OUTCOME_CODE[outcome];
    if (outcome === "dropped") continue;
    const sent = intended + 50 + Math.floor(chance * 400);
    batch.sentUs[row] = sent;
    batch.serverAcceptUs[row] = sent + 100;
    batch.serverDispatchUs[row] = sent + 150;
    batch.deviceReceivedUs[row] = sent + 300;
    batch.deviceProgrammedUs[row] = took;
    batch.deviceRepliedUs[row] = outcome === "timeout" && call % 2 === 0 ? Number.NaN : sent + 300 + took * 1.2;
    batch.serverSettleUs[row] = sent + 400 + took;
    batch.settledUs[row] = outcome === "timeout" ? intended + 5 * SECOND : sent + 500 + took;
  }
  return batch;
}

const calls: CallSource = {
  length: CALLS,
  *batches() {
    for (let first = 0; first < CALLS; first += BATCH_ROWS) yield batchAt(first);
  },
};

it("stays below 500 KB with every kind of mark", () => {
  const plain = fixtureRecord({ gates: ["p99(rtt) < 250ms", "timeouts <= 1%"] });
  const events = Array.from({ length: 60 }, (_, index) => ({
    at: index * 10 * SECOND,
    label: `event number ${index}`,
  }));
  const record: RunRecord = {
    facts: {
      ...plain.facts,
      command: "npx rpcfleet run two-way-latency --devices 5000 --rate 5000 --duration 10m --seed 42",
      steps: [{ rate: RATE, start: 0, duration: SECONDS * SECOND }],
    },
    totals: { ...plain.totals, fleet: { ...plain.totals.fleet, devices: DEVICES, connected: DEVICES }, events },
    calls,
    extra: createLedgerColumns(0),
  };
  const folded = foldRun(record);
  const summary = summarize(record, folded);
  const html = renderHtml(record, summary, { folded });
  expect(summary.counts.planned).toBe(CALLS);
  // The page shows the calls it is about, not a part of them.
  for (const part of ["600,000 planned =", "p99 of the response time by device", "<summary>490 more timeouts"])
    expect(html.includes(part), part).toBe(true);
  expect(Buffer.byteLength(html)).toBeLessThan(LONGEST);
});
