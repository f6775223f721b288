import { describe, expect, it } from "vitest";
import { MILLISECOND, SECOND } from "../protocol/time.ts";
import { type FixtureOptions, fixtureRecord } from "./fixture.ts";
import { summarize } from "./summary.ts";
import { exitCode } from "./verdict.ts";

function judge(gate: string, options: Partial<FixtureOptions> = {}) {
  const result = summarize(fixtureRecord({ ...options, gates: [gate] })).gates[0];
  if (result === undefined) throw new Error("the gate was not judged");
  return result;
}

describe("judgeGate", () => {
  it("compares what was observed with the limit, and shows both", () => {
    expect(judge("p99(rtt) < 250ms")).toMatchObject({
      verdict: "pass",
      observedText: "93.50 ms",
      limitText: "< 250.0 ms",
      unit: "us",
    });
    expect(judge("p99(rtt) < 20ms")).toMatchObject({ verdict: "fail" });
    expect(judge("p99(rtt) < 20ms").reason).toBe("observed 93.50 ms, wanted < 20.00 ms");
  });

  it("answers for percentiles that the summary does not list", () => {
    expect(judge("p75(rtt) < 60ms").verdict).toBe("pass");
  });

  it.each([
    ["timeouts <= 4%", "pass", 0.5],
    ["timeouts <= 2%", "unclear", 0],
    ["timeouts <= 1%", "fail", -1],
    ["timeouts < 1%", "fail", -1],
    ["timeouts == 2%", "pass", 0],
    ["timeouts == 20", "pass", 0],
    ["timeouts > 19", "pass", 1 / 19],
    ["timeouts >= 21", "fail", -1 / 21],
    ["timeouts == 0", "fail", null],
  ] as const)("judges %s as %s with margin %s", (gate, verdict, margin) => {
    const result = judge(gate, { timeoutEvery: 50 });
    expect(result.verdict).toBe(verdict);
    if (margin === null) expect(result.margin).toBeNull();
    else expect(result.margin).toBeCloseTo(margin, 10);
  });

  it("never passes on no data", () => {
    expect(judge("p99(rtt) < 1s", { timeoutEvery: 1 })).toMatchObject({
      verdict: "invalid",
      reason: "there are no samples",
    });
    expect(judge("p99(rtt) < 1s", { rates: [36] })).toMatchObject({ verdict: "invalid", observed: null });
    expect(judge("timeouts <= 1%", { rates: [] })).toMatchObject({
      verdict: "invalid",
      reason: "no calls were planned",
    });
    expect(judge("throughput >= 0/s", { rates: [] }).verdict).toBe("invalid");
    expect(judge("nonsense == 0")).toMatchObject({ verdict: "invalid", observed: null, limit: null });
  });

  it("judges nothing finer than the devices' own lateness at the same quantile, on either side of the bound", () => {
    // The reply lag is 120 us throughout, the p99 of the response time 93.5 ms.
    for (const bound of ["93.45ms", "93.55ms"]) {
      expect(judge(`p99(rtt) < ${bound}`)).toMatchObject({
        verdict: "invalid",
        reason: "observed 93.50 ms is nearer to the bound than the 0.120 ms the devices themselves were late by",
      });
    }
    // Further away it is the figure's own interval that decides.
    expect(judge("p99(rtt) < 93.7ms").verdict).toBe("unclear");
    expect(judge("p99(rtt) < 93.3ms").verdict).toBe("unclear");
    expect(judge("p99(lag) < 150us").verdict).not.toBe("invalid");
  });

  it("voids latency and throughput, but not counts, when the generator is invalid", () => {
    const lagging = { sendLag: 30 * MILLISECOND };
    expect(judge("p99(rtt) < 1us", lagging).verdict).toBe("invalid");
    expect(judge("throughput >= 900/s", lagging).verdict).toBe("invalid");
    expect(judge("timeouts == 1", lagging).verdict).toBe("fail");
    expect(judge("health == ok", lagging)).toMatchObject({ verdict: "invalid", reason: "not healthy: send lag p99" });
  });

  it("compares throughput with the plan, and at the knee with its step", () => {
    expect(judge("throughput >= 0.98 * planned", { timeoutEvery: 100 })).toMatchObject({
      limit: 98,
      observed: 98,
      verdict: "pass",
    });
    const knee = { minOkShare: 0.9, maxP99: 200 * MILLISECOND };
    const stepped = { rates: [100, 200], slowFromStep: 1, knee };
    expect(judge("throughput >= 50/s", stepped)).toMatchObject({ observed: 99, verdict: "pass" });
    expect(judge("throughput >= 1/s", { ...stepped, slowFromStep: 0 }).verdict).toBe("invalid");
  });

  it("sees timeouts through rtt_all, where rtt shows the answered only", () => {
    expect(judge("p99(rtt) < 1s", { timeoutEvery: 50 }).verdict).toBe("pass");
    expect(judge("p99(rtt_all) < 1s", { timeoutEvery: 50 }).verdict).toBe("fail");
  });
});

describe("exitCode", () => {
  const code = (options: Partial<FixtureOptions>, interrupted = false) =>
    exitCode(summarize(fixtureRecord(options)), interrupted);

  it("tells pass, fail, cannot tell and interrupted apart", () => {
    expect(code({ gates: ["ok > 0"] })).toBe(0);
    expect(code({ gates: ["ok == 0"] })).toBe(1);
    expect(code({ gates: ["p99.9(rtt) < 1s"] })).toBe(3);
    expect(code({ gates: ["timeouts <= 2%", "ok > 0"], timeoutEvery: 50 })).toBe(3);
    expect(code({ gates: ["timeouts <= 2%", "ok == 0"], timeoutEvery: 50 })).toBe(1);
    expect(code({ gates: ["ok == 0"], totals: { interrupted: true } }, true)).toBe(130);
  });

  it("lets a proven failure win over a doubt", () => {
    expect(code({ gates: ["p99.9(rtt) < 1s", "timeouts == 0"], timeoutEvery: 50, stepDuration: 10 * SECOND })).toBe(1);
  });
});
