/** Whole runs of the command line against its own server: figures against what is known beforehand, exit codes, reports. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { OUTCOMES } from "../protocol/outcome.ts";
import { RUN_FILES } from "../reports/write-run.ts";
import { requireK6 } from "../simulator/caller/caller-test-support.ts";
import { binomialInterval } from "./binomial.ts";
import { type FinishedRun, readFinished, rpcfleet, run, startRpcfleet, temporaryFolder } from "./rpcfleet.ts";

const MILLISECOND = 1_000;
const k6 = await requireK6();

/** Every planned call has one outcome, whatever happened. */
function expectBalanced({ summary: { counts, accounting } }: FinishedRun): void {
  const sum = OUTCOMES.reduce((total, outcome) => total + counts[outcome], 0);
  expect(counts.planned).toBeGreaterThan(0);
  expect(sum).toBe(counts.planned);
  expect(accounting).toEqual({ balanced: true, sum });
  expect(counts.sent).toBe(counts.planned - counts.dropped);
}

function expectShare(count: number, of: number, share: number): void {
  const { low, high } = binomialInterval(of, share);
  expect(count).toBeGreaterThanOrEqual(low);
  expect(count).toBeLessThanOrEqual(high);
}

const QUIET_50 = [
  "--devices",
  "100",
  "--rate",
  "100",
  "--duration",
  "4s",
  "--latency",
  "constant(50ms)",
  "--seed",
  "7",
];

describe("a run", () => {
  it("against devices of 50 ms shows 50 ms, accounts for every call, and can be reported again", async () => {
    const finished = await run(["two-way-latency", ...QUIET_50]);
    const { summary, folder, code } = finished;
    expectBalanced(finished);
    // Exit 3: a machine too busy to measure says so, and the figures below must hold all the same.
    expect([0, 3]).toContain(code);
    expect(summary.counts.ok).toBe(summary.counts.planned);
    expect(summary.counts.planned).toBe(389);
    expect(summary.requests).toEqual({ received: 389, foreign: 0, repeated: 0 });
    expect(summary.violations.replyIntegrity).toBe(0);
    expect(summary.fleet).toMatchObject({ devices: 100, connected: 100, lostConnections: 0 });
    expect(summary.deviceTimeUs).toMatchObject({ min: 50_000, max: 50_000 });
    expect(summary.serviceTimeUs.min).toBeGreaterThanOrEqual(50 * MILLISECOND);
    expect(summary.serviceTimeUs.p50).toBeLessThanOrEqual(54 * MILLISECOND);
    const { vitals } = JSON.parse(await readFile(join(folder, RUN_FILES.run), "utf8")).totals;
    expect(vitals.threads.map(({ name }: { name: string }) => name)).toEqual(["caller", "fleet"]);
    for (const { busyMean } of [...vitals.threads, { busyMean: vitals.machine.processCores }]) {
      expect(busyMean.length).toBeGreaterThanOrEqual(4);
      expect(Math.max(...busyMean)).toBeGreaterThan(0);
    }
    expect(await readdir(folder)).toEqual(
      expect.arrayContaining([
        "plan.json",
        "run.log",
        ...Object.values(RUN_FILES).filter((name) => !name.startsWith("extra")),
      ]),
    );

    const before = await readFile(join(folder, RUN_FILES.summary), "utf8");
    expect(finished.out).toBe(before);
    const again = await rpcfleet("report", folder, "--json");
    expect(again.out).toBe(before);
    expect(again.code).toBe(code);
    expect(await readFile(join(folder, RUN_FILES.summary), "utf8")).toBe(before);
    const text = await rpcfleet("report", folder);
    expect(text.out).toContain("two-way-latency");
    expect(text.err).toBe("");
  });

  it("against exponential devices loses e^-1.25 of the calls to a timeout of 5 s", async () => {
    const flags = ["--devices", "100", "--rate", "150", "--duration", "6s", "--seed", "7"];
    const finished = await run(["two-way-latency", ...flags, "--latency", "exponential(mean=4s)", "--timeout", "5s"]);
    const { counts } = finished.summary;
    expectBalanced(finished);
    expect(counts.ok + counts.timeout).toBe(counts.planned);
    expectShare(counts.timeout, counts.planned, Math.exp(-1.25));
    // The gate on timeouts of this scenario cannot hold.
    expect(finished.code).toBe(1);
    // Every such reply comes, and is no second ending.
    expect(finished.summary.strays.late).toBeLessThanOrEqual(counts.timeout);
  });

  it.each(k6 === undefined ? ["native"] : ["native", "k6"])(
    "by %s sees a stalled server from the intended start",
    async (engine) => {
      const flags = ["--devices", "50", "--rate", "200", "--arrivals", "constant", "--duration", "8s", "--seed", "7"];
      const stalled = ["--latency", "constant(5ms)", "--stall", "1s@2s", "--engine", engine];
      const finished = await run(["two-way-latency", ...flags, ...stalled]);
      const { responseTimeUs, serviceTimeUs, counts } = finished.summary;
      expectBalanced(finished);
      expect(counts.planned).toBe(1_600);
      expect(counts.ok).toBe(1_600);
      // Analytic: stall - 1 % of the run = 920 ms.
      expect(responseTimeUs.p99).toBeGreaterThanOrEqual(700 * MILLISECOND);
      expect(responseTimeUs.p99).toBeLessThanOrEqual(1_300 * MILLISECOND);
      expect(serviceTimeUs.p50).toBeLessThan(50 * MILLISECOND);
    },
  );

  it("of silent or late devices ends in timeouts in every dialect, and a late reply is a stray", async () => {
    const flags = ["--devices", "10", "--rate", "20", "--duration", "1s", "--timeout", "200ms", "--seed", "7"];
    const one = (dialect: string, fault: string): Promise<FinishedRun> =>
      run(["two-way-latency", ...flags, "--dialect", dialect, "--fault", fault]);
    // Only counts are asked for, so these may run beside each other.
    const [late, ...silent] = await Promise.all([
      one("tempus", "late(p=100%, by=200ms)"),
      one("tb-v1", "drop(p=100%)"),
      one("tb-v2", "drop(p=100%)"),
      one("tempus", "drop(p=100%)"),
    ]);
    for (const finished of [late, ...silent]) {
      const { counts, fleet } = finished.summary;
      expectBalanced(finished);
      expect(counts.timeout).toBe(counts.planned);
      expect(fleet.faults).toMatchObject([{ matched: counts.planned, fired: counts.planned }]);
    }
    expect(late.summary.strays).toEqual({
      late: late.summary.counts.planned,
      duplicate: 0,
      unknown: 0,
      source: "server",
    });
    for (const { summary } of silent) expect(summary.strays).toMatchObject({ late: 0, duplicate: 0, unknown: 0 });
  });

  it("of devices that fail or vanish tells one from the other", async () => {
    const flags = ["--dialect", "tempus", "--devices", "40", "--rate", "60", "--duration", "2s", "--timeout", "400ms"];
    const faults = ["--fault", "error(p=50%)", "--fault", "drop(p=20%)"];
    const finished = await run(["two-way-latency", ...flags, ...faults, "--latency", "constant(5ms)", "--seed", "7"]);
    const { counts, fleet } = finished.summary;
    expectBalanced(finished);
    const [error, drop] = fleet.faults;
    expect(counts.timeout).toBe(drop?.fired);
    expect(counts.ok + counts.device_error).toBe(counts.planned - counts.timeout);
    expect(counts.device_error).toBeLessThanOrEqual(error?.fired as number);
    expectShare(error?.fired as number, counts.planned, 0.5);
    expectShare(drop?.fired as number, counts.planned, 0.2);
  });

  it("ends in good order at Ctrl-C: what was sent is accounted for, exit 130", async () => {
    const out = await temporaryFolder();
    const flags = ["--devices", "20", "--rate", "50", "--duration", "60s", "--latency", "constant(50ms)"];
    let interrupted = false;
    const { child, finished } = startRpcfleet(
      ["run", "two-way-latency", ...flags, "--seed", "7", "--json", "--out", out],
      (err) => {
        if (interrupted || !/calls ended/.test(err)) return;
        interrupted = true;
        child.kill("SIGINT");
      },
    );
    const ended = await readFinished(await finished, out);
    expect(ended.code).toBe(130);
    expect(ended.summary.interrupted).toBe(true);
    expect(ended.summary.counts.planned).toBeGreaterThan(2_500);
    expect(ended.summary.counts.dropped).toBeGreaterThan(0);
    expectBalanced(ended);
    expect((await rpcfleet("report", ended.folder, "--json")).code).toBe(130);
  });
});

describe.runIf(k6 !== undefined)("native and k6", () => {
  it("agree on the same seed", async () => {
    const flags = ["--dialect", "tempus", "--devices", "60", "--rate", "80", "--duration", "4s", "--timeout", "300ms"];
    const both = ["two-way-latency", ...flags, "--latency", "constant(40ms)", "--fault", "drop(p=10%)", "--seed", "11"];
    const native = await run([...both, "--engine", "native"]);
    const other = await run([...both, "--engine", "k6"]);
    expect([native.summary.engine, other.summary.engine]).toEqual(["native", "k6"]);
    expectBalanced(native);
    expectBalanced(other);
    // Device and fault draws are those of the call, so even the counts are the same.
    expect(other.summary.counts).toEqual(native.summary.counts);
    const p50 = [native, other].map(({ summary }) => summary.serviceTimeUs.p50 as number) as [number, number];
    expect(Math.abs(p50[0] - p50[1])).toBeLessThanOrEqual(3 * MILLISECOND);
  });
});

describe("exit codes", () => {
  const small = ["two-way-latency", "--devices", "5", "--rate", "20", "--duration", "1s", "--latency", "constant(5ms)"];

  it("1 when a gate fails, and the gate is named", async () => {
    const silent = ["--fault", "drop", "--dialect", "tempus", "--timeout", "100ms"];
    const { code, summary } = await run([...small, ...silent]);
    expect(code).toBe(1);
    expect(summary.gates.filter(({ verdict }) => verdict === "fail").map(({ text }) => text)).toContain(
      "timeouts <= 0.1%",
    );
    expect(summary.reasons.join()).toContain('Gate "timeouts <= 0.1%" failed');
  });

  it("3 when a gate has nothing to judge", async () => {
    const { code, summary } = await run([...small, "--gate", "p99.9(rtt) < 1s"]);
    expect(code).toBe(3);
    expect(summary.gates.at(-1)).toMatchObject({ verdict: "invalid", observed: null });
  });

  it("4 and one line when the target is down", async () => {
    const out = await temporaryFolder();
    const {
      code,
      out: printed,
      err,
    } = await rpcfleet("run", "--target", "http://127.0.0.1:9", "--out", out, "--quiet");
    expect(code).toBe(4);
    expect(printed).toBe("");
    expect(err).toBe("cannot reach http://127.0.0.1:9: ECONNREFUSED\n");
  });

  it("2 for what cannot be run, with every problem and nothing else", async () => {
    const table: readonly (readonly [readonly string[], readonly string[]])[] = [
      [["two-way-latancy"], ["two-way-latency"]],
      [["--devises", "5"], ["devises"]],
      [
        ["--engine", "k7"],
        ["engine", "k7", "native"],
      ],
      [
        ["--latency", "gauss(1ms)", "--fault", "explode(1%)", "--gate", "p99(rtt)", "--stall", "1s"],
        ['unknown latency "gauss"', 'unknown fault "explode"', 'gate "p99(rtt)"', "--stall: expected"],
      ],
    ];
    await Promise.all(
      table.map(async ([words, problems]) => {
        const { code, out, err } = await rpcfleet("run", ...words);
        for (const problem of problems) expect(err).toContain(problem);
        expect(code).toBe(2);
        expect(out).toBe("");
        expect(err).not.toContain("    at ");
      }),
    );
  });
});
