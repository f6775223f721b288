import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seedFrom } from "../protocol/random.ts";
import { type Duration, MILLISECOND, SECOND } from "../protocol/time.ts";
import { decide } from "./decide.ts";
import { type FixtureOptions, fixtureRecord } from "./fixture.ts";
import { parseGate } from "./gate.ts";
import type { GateInputs } from "./gate-inputs.ts";
import { Histogram } from "./histogram.ts";
import { judgeGate } from "./judge-gate.ts";
import type { Series } from "./series.ts";
import { queueSeconds, secondOf, seededUniform } from "./statistics/queue-fixture.ts";
import type { SecondCounts } from "./statistics/second-counts.ts";
import { summarize } from "./summary.ts";

/** What a run of these response times hands to its gates. */
function inputsOf(seconds: readonly SecondCounts[], changes: Partial<GateInputs> = {}): GateInputs {
  const { gates, verdict, reasons, ...figures } = summarize(fixtureRecord());
  const names = ["responseTime", "responseTimeAll", "serviceTime", "sendLag", "overhead", "deviceTime", "replyLag"];
  const series = Object.fromEntries(names.map((name) => [name, new Histogram(30 * SECOND)])) as unknown as Series;
  for (const { valuesUs, counts } of seconds) {
    for (const [index, count] of counts.entries()) {
      for (let i = 0; i < count; i += 1) series.responseTime.record(valuesUs[index] as number);
    }
  }
  const window = { ...figures.window, durationS: seconds.length };
  return {
    figures: { ...figures, window },
    series,
    seconds: { responseTime: seconds },
    seed: seedFrom("42"),
    baseline: undefined,
    ...changes,
  };
}

/** Independent response times of 20 ms and an exponential tail of 5 ms: p99 at 43 ms. */
function calm(seconds: number, rate: number, stall: (second: number) => Duration = () => 0): SecondCounts[] {
  const random = seededUniform(11);
  return Array.from({ length: seconds }, (_, second) =>
    secondOf(
      second,
      Array.from({ length: rate }, () => stall(second) + 20 * MILLISECOND - 5 * MILLISECOND * Math.log(random())),
    ),
  );
}

const judge = (text: string, inputs: GateInputs) => judgeGate(parseGate(text), inputs);

describe("a percentile with its interval", () => {
  const inputs = inputsOf(calm(60, 100));

  it("passes and fails far from the limit, and is unclear where the interval holds it", () => {
    expect(judge("p99(rtt) < 50ms", inputs).verdict).toBe("pass");
    expect(judge("p99(rtt) < 40ms", inputs).verdict).toBe("fail");
    expect(judge("p99(rtt) > 40ms", inputs).verdict).toBe("pass");
    const near = judge("p99(rtt) < 43.5ms", inputs);
    expect(near.verdict).toBe("unclear");
    expect(near.low).toBeLessThan(43_500);
    expect(near.high).toBeGreaterThan(43_500);
    expect(near.reason).toMatch(/may be anything between .* needs about [\d,]+ more samples, [\d,]+ s more/);
  });

  it("asks for as many samples as then suffice", () => {
    const [, more = ""] = /needs about ([\d,]+) more samples/.exec(judge("p99(rtt) < 44ms", inputs).reason) ?? [];
    const seconds = 60 + Number(more.replaceAll(",", "")) / 100;
    expect(judge("p99(rtt) < 44ms", inputsOf(calm(Math.ceil(seconds * 1.5), 100))).verdict).toBe("pass");
  });

  it("says that no run can tell when the limit is the figure itself", () => {
    const { observed } = judge("p99(rtt) < 1s", inputs);
    expect(judge(`p99(rtt) < ${observed}us`, inputs)).toMatchObject({
      verdict: "unclear",
      reason: expect.stringContaining("too near the limit"),
    });
  });

  it("asks for a longer run where calls queue, but still sees what is plain", () => {
    const queue = inputsOf(queueSeconds({ rate: 200, load: 0.9, seconds: 60, seed: 1 }));
    const p99 = judge("p99(rtt) < 1h", queue).observed as number;
    expect(judge(`p99(rtt) < ${Math.round(p99 * 1.05)}us`, queue)).toMatchObject({
      verdict: "unclear",
      reason: expect.stringContaining("correlated, extend the run: needs about"),
    });
    expect(judge("p99(rtt) < 10s", queue).verdict).toBe("pass");
    expect(judge("p99(rtt) < 1ms", queue).verdict).toBe("fail");
  });

  it("passes a short clean run that stays far below its limit", () => {
    expect(judge("p99(rtt) < 1s", inputsOf(calm(2, 300))).verdict).toBe("pass");
    expect(judge("p99(rtt) < 44ms", inputsOf(calm(2, 300)))).toMatchObject({
      verdict: "unclear",
      reason: expect.stringContaining("the run is too short"),
    });
  });
});

describe("for any window", () => {
  const stalled = inputsOf(calm(300, 100, (second) => (second === 30 || second === 31 ? 400 * MILLISECOND : 0)));

  it("must hold in every one, so that a stall shows which the whole run hides", () => {
    expect(judge("p95(rtt) < 100ms", stalled).verdict).toBe("pass");
    expect(judge("p95(rtt) < 100ms for any 10s", stalled)).toMatchObject({
      verdict: "fail",
      reason: expect.stringMatching(/in the worst window, from 2[2-9] s|from 30 s/),
    });
    expect(judge("p95(rtt) < 1s for every 10s", stalled).verdict).toBe("pass");
    expect(judge("min(rtt) > 19ms for any 5s", stalled).verdict).toBe("pass");
    expect(judge("mean(rtt) < 50ms for any 10s", stalled).verdict).toBe("fail");
  });

  it("is invalid where a window cannot carry the percentile, unless nothing in it breaks the limit", () => {
    expect(judge("p99.9(rtt) < 50ms for any 10s", stalled)).toMatchObject({
      verdict: "invalid",
      reason: expect.stringContaining("in a window of 10s, n too small"),
    });
    expect(judge("p99.9(rtt) < 1s for any 10s", stalled).verdict).toBe("pass");
    expect(judge("p50(rtt) < 1s for any 10m", stalled)).toMatchObject({
      verdict: "invalid",
      reason: "the run has no window of 10m: make it longer than that",
    });
  });
});

describe("against a baseline", () => {
  const seconds = calm(60, 100);
  const baseline = (p99: Duration, changes = {}) => {
    const { figures } = inputsOf(seconds);
    return { ...figures, responseTimeUs: { ...figures.responseTimeUs, p99 }, ...changes };
  };

  it("holds up to the ratio", () => {
    const rule = (p99: Duration) =>
      judge("p99(rtt) <= 1.10 * baseline", inputsOf(seconds, { baseline: baseline(p99) }));
    expect(rule(45 * MILLISECOND)).toMatchObject({ verdict: "pass", limit: 49_500 });
    expect(rule(30 * MILLISECOND).verdict).toBe("fail");
    expect(rule(39 * MILLISECOND).verdict).toBe("unclear");
  });

  it("never alarms below the absolute limit, 1 ms unless the gate says another", () => {
    const fast = inputsOf(calm(60, 100).map((one) => ({ ...one, valuesUs: one.valuesUs.map((us) => us / 100) })));
    const tiny = { ...fast, baseline: baseline(100) };
    expect(judge("p99(rtt) <= 1.10 * baseline", tiny)).toMatchObject({ verdict: "pass", limit: 1_000 });
    expect(judge("p99(rtt) <= 1.10 * baseline or 200us", tiny).verdict).toBe("fail");
    const slow = inputsOf(seconds, { baseline: baseline(20 * MILLISECOND) });
    expect(judge("p99(rtt) <= 1.10 * baseline or 60ms", slow).verdict).toBe("pass");
  });

  it("is invalid without one that fits, and says what to do", () => {
    const reason = (changes: Partial<GateInputs>, gate = "p99(rtt) <= 1.1 * baseline") => {
      const result = judge(gate, inputsOf(seconds, changes));
      expect(result.verdict).toBe("invalid");
      return result.reason;
    };
    expect(reason({})).toContain("name the run to compare it with");
    expect(reason({}, "throughput >= 0.9 * baseline")).toContain("name the run");
    expect(reason({ baseline: baseline(1, { scenario: "other" }) })).toContain("name a run of the same scenario");
    expect(reason({ baseline: baseline(1, { health: { verdict: "invalid", rows: [] } }) })).toContain("make that run");
    expect(reason({ baseline: baseline(1) }, "p75(rtt) <= 1.1 * baseline")).toContain("a baseline has p50");
  });

  it("compares throughput", () => {
    const inputs = inputsOf(seconds, {
      baseline: baseline(1, { throughput: { offeredPerS: 100, achievedPerS: 100 } }),
    });
    expect(judge("throughput >= 0.95 * baseline", inputs).verdict).toBe("pass");
    expect(judge("throughput >= 1.05 * baseline", inputs).verdict).toBe("fail");
  });
});

describe("a share of calls", () => {
  const share = (gate: string, options: Partial<FixtureOptions>) =>
    summarize(fixtureRecord({ ...options, gates: [gate] })).gates[0];

  it("passes a clean run that is large enough for one call to make no difference", () => {
    expect(share("timeouts <= 0.1%", {})).toMatchObject({ verdict: "pass" });
    expect(share("ok >= 99.9%", { timeoutEvery: 0, rates: [9] })?.verdict).toBe("unclear");
    expect(share("timeouts <= 0.01%", {})).toMatchObject({
      verdict: "unclear",
      reason: expect.stringContaining("needs about 9,000 more calls"),
    });
  });

  it("is exact where it is none or all, and of plain counts", () => {
    expect(share("timeouts == 0%", {})?.verdict).toBe("pass");
    expect(share("timeouts <= 0%", { timeoutEvery: 500 })?.verdict).toBe("fail");
    expect(share("timeouts <= 2", { timeoutEvery: 500 })?.verdict).toBe("pass");
  });

  it("says how many calls would tell", () => {
    const result = share("timeouts <= 2.5%", { timeoutEvery: 50 });
    expect(result).toMatchObject({ verdict: "unclear" });
    const more = Number(/needs about ([\d,]+) more calls/.exec(result?.reason ?? "")?.[1]?.replaceAll(",", ""));
    const rates = [Math.ceil((1_000 + more * 1.05) / 10)];
    expect(share("timeouts <= 2.5%", { timeoutEvery: 50, rates })?.verdict).toBe("pass");
  });
});

describe("laws of judging", () => {
  const bounded = fc
    .tuple(fc.nat(1_000), fc.nat(1_000), fc.nat(1_000))
    .map((values) => values.sort((a, b) => a - b))
    .map(([low = 0, observed = 0, high = 0]) => ({ low, observed, high }));

  it("a stricter limit never turns fail into pass, nor unclear into pass", () => {
    const rank = { fail: 0, unclear: 1, pass: 2 };
    fc.assert(
      fc.property(bounded, fc.nat(1_000), fc.nat(1_000), fc.constantFrom("<", "<=", ">", ">="), (figure, a, b, op) => {
        const [strict, loose] = op.startsWith("<") === a < b ? [a, b] : [b, a];
        return rank[decide(op, figure, strict)] <= rank[decide(op, figure, loose)];
      }),
    );
  });

  it("agrees with the plain comparison when a figure has no bounds", () => {
    fc.assert(
      fc.property(fc.nat(50), fc.nat(50), (value, limit) => {
        const exact = { low: value, observed: value, high: value };
        return (
          (decide("<", exact, limit) === "pass") === value < limit &&
          (decide(">=", exact, limit) === "pass") === value >= limit &&
          decide("<=", exact, limit) !== "unclear"
        );
      }),
    );
  });

  it("holds for whole gates on a run", () => {
    const inputs = inputsOf(queueSeconds({ rate: 200, load: 0.5, seconds: 30, seed: 2 }));
    const rank: Record<string, number> = { fail: 0, unclear: 1, pass: 2 };
    const verdicts = Array.from({ length: 40 }, (_, i) => judge(`p99(rtt) < ${1 + i * 2}ms`, inputs).verdict);
    expect(new Set(verdicts)).toEqual(new Set(["fail", "unclear", "pass"]));
    for (const [index, verdict] of verdicts.entries()) {
      if (index > 0) expect(rank[verdict]).toBeGreaterThanOrEqual(rank[verdicts[index - 1] as string] as number);
    }
  });
});
