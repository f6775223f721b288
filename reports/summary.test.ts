import { describe, expect, it } from "vitest";
import { createLedgerColumns } from "../protocol/call-records.ts";
import { OUTCOME_CODE } from "../protocol/outcome.ts";
import { MILLISECOND, SECOND } from "../protocol/time.ts";
import { type FixtureOptions, fixtureRecord, fixtureRun, recordOf } from "./fixture.ts";
import { summarize } from "./summary.ts";
import { summaryJsonSchema, summarySchema } from "./summary-schema.ts";

const summaryOf = (options: Partial<FixtureOptions> = {}) => summarize(fixtureRecord(options));
const row = (options: Partial<FixtureOptions>, name: string) =>
  summaryOf(options).health.rows.find((one) => one.name === name);

describe("summarize", () => {
  it("fits its published schema, down to the last key", () => {
    const summary = summaryOf({
      rates: [50, 100],
      timeoutEvery: 20,
      knee: { minOkShare: 0.9, maxP99: SECOND },
      gates: ["ok > 1%", "x"],
    });
    expect(summarySchema.strict().parse(summary)).toEqual(summary);
    expect(JSON.parse(JSON.stringify(summary))).toEqual(summary);
    expect(summaryJsonSchema()).toMatchObject({
      type: "object",
      required: expect.arrayContaining(["counts", "verdict"]),
    });
  });

  it("accounts for every planned Call", () => {
    const { counts, accounting } = summaryOf({ timeoutEvery: 50, dropEvery: 70 });
    expect(counts).toMatchObject({ planned: 1_000, sent: 986, dropped: 14, timeout: 20 - 2 });
    expect(accounting).toEqual({ balanced: true, sum: 1_000 });
  });

  it("does not balance when a Call has no known outcome, or an answered one no time", () => {
    const unknown = fixtureRun();
    unknown.calls.outcome[3] = 200;
    expect(summarize(recordOf(unknown))).toMatchObject({ accounting: { balanced: false, sum: 999 }, verdict: "fail" });
    const timeless = fixtureRun();
    timeless.calls.settledUs[3] = Number.NaN;
    expect(summarize(recordOf(timeless))).toMatchObject({
      accounting: { balanced: false, sum: 1_000 },
      verdict: "fail",
    });
  });

  it("counts response time from the intended start, service time from the send", () => {
    const { responseTimeUs, serviceTimeUs, sendLagUs } = summaryOf({ sendLag: 30 * MILLISECOND });
    expect(responseTimeUs.mean).toBe((serviceTimeUs.mean ?? 0) + (sendLagUs.mean ?? 0));
    expect(sendLagUs.min).toBeGreaterThanOrEqual(30 * MILLISECOND);
  });

  it("keeps timeouts out of the answered series and censored in the other", () => {
    const { responseTimeUs, responseTimeAllUs } = summaryOf({ timeoutEvery: 50 });
    expect([responseTimeUs.n, responseTimeAllUs.n]).toEqual([980, 1_000]);
    expect(responseTimeUs.p99).toBeLessThan(SECOND);
    expect(responseTimeAllUs.p99).toBeGreaterThanOrEqual(5 * SECOND);
    expect(responseTimeAllUs.p95).toBeLessThan(SECOND);
  });

  it.each([
    [5, "p50"],
    [35, "p90"],
    [71, "p95"],
    [367, "p99"],
  ] as const)("with %i samples withholds %s, with one more shows it", (n, key) => {
    expect(summaryOf({ rates: [n], stepDuration: SECOND }).sendLagUs[key]).toBeNull();
    expect(summaryOf({ rates: [n + 1], stepDuration: SECOND }).sendLagUs[key]).not.toBeNull();
  });

  it("measures overhead and the fleet's own lateness from the ledger", () => {
    const { overheadUs, deviceTimeUs, replyLagUs, serviceTimeUs, counts } = summaryOf();
    expect([deviceTimeUs.min, deviceTimeUs.max, replyLagUs.p50]).toEqual([50_000, 50_000, 120]);
    expect(overheadUs.n).toBe(counts.ok);
    expect(overheadUs.min).toBe((serviceTimeUs.min ?? 0) - 50_000);
  });

  it("divides by the planned window", () => {
    expect(summaryOf({ timeoutEvery: 50 }).throughput).toEqual({ offeredPerS: 100, achievedPerS: 97 });
  });

  it("takes strays from the server, else late replies and duplicates from the ledgers", () => {
    expect(summaryOf({ totals: { strays: { late: 3, duplicate: 2, unknown: 1 } } }).strays).toEqual({
      late: 3,
      duplicate: 2,
      unknown: 1,
      source: "server",
    });
    const run = fixtureRun({ timeoutEvery: 50, totals: { strays: undefined } });
    const [inTime, late, later] = [49, 99, 149];
    run.ledger.repliedUs[inTime] = (run.calls.settledUs[inTime] as number) - 1;
    run.ledger.repliedUs[late] = (run.calls.settledUs[late] as number) + 1;
    run.ledger.repliedUs[later] = (run.calls.settledUs[later] as number) + SECOND;
    // Device 0 received Call 0 again in place of Call 50, and answered again.
    run.ledger.call[50] = 0;
    const record = recordOf(run);
    expect(summarize(record).strays).toEqual({ late: 2, duplicate: 1, unknown: 0, source: "ledgers" });
    expect(summarize(record).requests).toEqual({ received: 1_000, foreign: 0, repeated: 1 });
  });

  it("fails a run in which a Call was given another Call's reply", () => {
    const run = fixtureRun();
    run.calls.mismatched[5] = 1;
    const record = recordOf(run);
    expect(summarize(record)).toMatchObject({ violations: { replyIntegrity: 1 }, verdict: "fail" });
    // Devices that were told to mix replies up prove nothing against the server.
    const told = { ...record, facts: { ...record.facts, replyMixers: ["stale(p=1%)"] } };
    expect(summarize(told)).toMatchObject({ violations: { replyIntegrity: 1 }, verdict: "pass" });
    expect(summarize(told).reasons.join(" ")).toContain(
      "1 call was given the reply of another call, as devices with stale(p=1%) answer.",
    );
  });
});

describe("health", () => {
  it("is healthy when everyone was in time", () => {
    expect(summaryOf()).toMatchObject({ health: { verdict: "healthy" }, verdict: "pass" });
  });

  it("is invalid when the send lag shows in the response time", () => {
    expect(row({ sendLag: 30 * MILLISECOND }, "send lag p99")?.verdict).toBe("invalid");
    expect(row({ sendLag: 500 }, "send lag p99")?.verdict).toBe("healthy");
  });

  it("is invalid beyond 0.1 % dropped, and below 99 % sent", () => {
    expect(row({ dropEvery: 1_000 }, "dropped calls")?.verdict).toBe("healthy");
    expect(row({ dropEvery: 500 }, "dropped calls")?.verdict).toBe("invalid");
    expect(row({ dropEvery: 100 }, "sent calls")?.verdict).toBe("healthy");
    expect(row({ dropEvery: 90 }, "sent calls")?.verdict).toBe("invalid");
  });

  it("is suspect when devices are missing or late, which alone does not void the run", () => {
    const fleet = { ...fixtureRecord().totals.fleet, devices: 50, connected: 49 };
    expect(summaryOf({ totals: { fleet } })).toMatchObject({ health: { verdict: "suspect" }, verdict: "pass" });
    const run = fixtureRun();
    for (let i = 0; i < run.ledger.length; i += 1) run.ledger.programmedUs[i] = 20 * MILLISECOND;
    expect(summarize(recordOf(run)).health.rows.find(({ name }) => name === "device reply lag p99")?.verdict).toBe(
      "suspect",
    );
  });

  it("has no send lag to judge in a closed workload", () => {
    const summary = summaryOf({ sendLag: 30 * MILLISECOND, facts: { workload: "closed", arrivals: undefined } });
    expect(summary.health.rows.map(({ name }) => name)).not.toContain("send lag p99");
    expect(summary.health.verdict).toBe("healthy");
  });
});

describe("knee", () => {
  const stepped = {
    rates: [50, 100, 200, 400],
    stepDuration: 10 * SECOND,
    knee: { minOkShare: 0.98, maxP99: 200 * MILLISECOND },
  };

  it("is the last step before the first that breaks the rule", () => {
    const summary = summaryOf({ ...stepped, slowFromStep: 2 });
    expect(summary.steps.map(({ holds, reason }) => [holds, reason])).toEqual([
      [true, null],
      [true, null],
      [false, "latency"],
      [false, "latency"],
    ]);
    expect(summary.knee).toMatchObject({ step: 1, rate: 100, achievedPerS: 99, limitedBy: "latency" });
  });

  it("is beyond the offered load when every step holds", () => {
    expect(summaryOf(stepped).knee).toMatchObject({ step: 3, rate: 400, limitedBy: null });
  });

  it("is none when the first step breaks", () => {
    const summary = summaryOf({ ...stepped, timeoutEvery: 10 });
    expect(summary.knee).toMatchObject({ step: null, rate: null, limitedBy: "achieved" });
    expect(summary.verdict).toBe("pass");
  });

  it("blames the generator when it is the generator, and forgives it beyond the knee", () => {
    const { calls, ...rest } = fixtureRun(stepped);
    for (let call = 0; call < calls.length; call += 1) {
      if (calls.step[call] !== 3) continue;
      for (const name of ["sentUs", "settledUs"] as const) calls[name][call] = (calls[name][call] as number) + 60_000;
    }
    const record = recordOf({ calls, ...rest });
    const summary = summarize(record);
    expect(summary.knee).toMatchObject({ step: 2, limitedBy: "generator" });
    expect(summary.health.verdict).toBe("healthy");
    expect(summarize({ ...record, facts: { ...record.facts, knee: undefined } }).health.verdict).toBe("invalid");
  });

  it("does not count steps that were never reached", () => {
    const run = fixtureRun({ ...stepped, slowFromStep: 1 });
    const { calls } = run;
    const lastStep = (call: number): boolean => (calls.step[call] as number) >= 2;
    for (let call = 0; call < calls.length; call += 1) {
      if (!lastStep(call)) continue;
      calls.outcome[call] = OUTCOME_CODE.dropped;
      calls.sentUs[call] = calls.settledUs[call] = Number.NaN;
    }
    const summary = summarize(recordOf({ ...run, ledger: createLedgerColumns(0) }));
    expect(summary.steps.map(({ reason }) => reason)).toEqual([null, "latency", "not_run", "not_run"]);
    expect(summary).toMatchObject({ knee: { step: 0 }, window: { durationS: 20 }, health: { verdict: "healthy" } });
  });
});

describe("runs with little in them", () => {
  it("cannot tell anything from no Calls", () => {
    const summary = summaryOf({ rates: [] });
    expect(summary).toMatchObject({
      verdict: "invalid",
      throughput: { offeredPerS: 0, achievedPerS: 0 },
      responseTimeUs: { n: 0, max: null },
    });
  });

  it("shows one Call without percentiles", () => {
    expect(summaryOf({ rates: [1], stepDuration: SECOND }).responseTimeUs).toMatchObject({
      n: 1,
      p50: null,
      min: 59_734,
      max: 59_734,
    });
  });

  it("does not pass an interrupted run", () => {
    const summary = summaryOf({ totals: { interrupted: true } });
    expect(summary).toMatchObject({ interrupted: true, verdict: "invalid" });
    expect(summary.reasons[0]).toContain("interrupted");
  });
});
