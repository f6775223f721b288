/** Whole runs in which devices call the server themselves: counts and times as the devices saw them. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CLIENT_OUTCOMES } from "../protocol/client-call-records.ts";
import type { ClientCalls } from "../reports/summary-schema.ts";
import { RUN_FILES } from "../reports/write-run.ts";
import { type FinishedRun, readFinished, rpcfleet, run, startRpcfleet, temporaryFolder } from "./rpcfleet.ts";

const MILLISECOND = 1_000;

/** The devices' own calls of a run, every planned one of them with one ending. */
function ownCalls({ summary: { clientCalls } }: FinishedRun): ClientCalls {
  if (clientCalls === undefined) throw new Error("the summary has none of the devices' own calls");
  const { planned, counts } = clientCalls;
  expect(CLIENT_OUTCOMES.reduce((sum, outcome) => sum + counts[outcome], 0)).toBe(planned);
  return clientCalls;
}

const QUIET = ["--devices", "100", "--rate", "20", "--duration", "3s", "--latency", "constant(5ms)", "--seed", "7"];

describe("devices that call", () => {
  it("are all answered, on plan, beside the callers' calls, and the report can be made again", async () => {
    const finished = await run(["two-way-latency", ...QUIET, "--client-rate", "100"]);
    const { planned, counts, responseTimeUs, serviceTimeUs, sendLagUs } = ownCalls(finished);
    // The plan is a function of the seed.
    expect(planned).toBe(326);
    expect(counts.ok).toBe(planned);
    expect([responseTimeUs.n, serviceTimeUs.n, sendLagUs.n]).toEqual([planned, planned, planned]);
    expect(responseTimeUs.p50).toBeLessThan(20 * MILLISECOND);
    expect(serviceTimeUs.min).toBeGreaterThan(0);
    expect(finished.summary.counts.ok).toBe(finished.summary.counts.planned);

    const again = await rpcfleet("report", finished.folder, "--json");
    expect(again.out).toBe(finished.out);
    const text = await rpcfleet("report", finished.folder);
    expect(text.out).toContain(`devices' own calls  ${planned} planned = ${planned} ok`);
    expect(await readFile(join(finished.folder, RUN_FILES.html), "utf8")).toContain("client-side RPC");
  });

  it("give up on a method nobody answers, and the run waits for the last of them", async () => {
    const calls = ["--client-rate", "50", "--client-method", "nobodyKnows", "--client-timeout", "300ms"];
    const finished = await run(["two-way-latency", ...QUIET, ...calls]);
    const { planned, counts, responseTimeUs, sendLagUs } = ownCalls(finished);
    expect(planned).toBeGreaterThan(100);
    expect(counts.timeout).toBe(planned);
    expect([responseTimeUs.n, sendLagUs.n]).toEqual([0, planned]);
  });

  it("account for every planned call at Ctrl-C", async () => {
    const out = await temporaryFolder();
    const flags = ["--devices", "20", "--rate", "20", "--duration", "60s", "--latency", "constant(5ms)", "--seed", "7"];
    let interrupted = false;
    const { child, finished } = startRpcfleet(
      ["run", "two-way-latency", ...flags, "--client-rate", "50", "--json", "--out", out],
      (err) => {
        if (interrupted || !/calls ended/.test(err)) return;
        interrupted = true;
        child.kill("SIGINT");
      },
    );
    const ended = await readFinished(await finished, out);
    expect(ended.code).toBe(130);
    const { planned, counts } = ownCalls(ended);
    expect(planned).toBeGreaterThan(2_500);
    expect(counts.dropped).toBeGreaterThan(planned / 2);
    expect(counts.timeout + counts.error).toBe(0);
  });

  it("need a rate", async () => {
    const { code, err } = await rpcfleet("run", "--client-method", "getCurrentTime", "--client-timeout", "1s");
    expect(code).toBe(2);
    expect(err).toContain("--client-method: ");
    expect(err).toContain("--client-timeout: ");
    const { code: zero, err: why } = await rpcfleet("run", "--client-rate", "0");
    expect([zero, why.includes("fleet.clientCalls.rate")]).toEqual([2, true]);
  });
});
