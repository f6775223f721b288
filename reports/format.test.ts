import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SECOND } from "../protocol/time.ts";
import { fixtureRecord, fixtureRun, recordOf } from "./fixture.ts";
import {
  formatAllMs,
  formatCount,
  formatMargin,
  formatMs,
  formatRate,
  formatShare,
  kneeSentence,
  sumLine,
} from "./format.ts";
import { summarize } from "./summary.ts";

describe("figures for people", () => {
  it.each([
    [0, "0.000"],
    [482, "0.482"],
    [9_999, "9.999"],
    [51_301, "51.30"],
    [204_512, "204.5"],
    [5_012_400, "5,012"],
    [null, "–"],
  ] as const)("writes %s us as %s ms", (us, text) => expect(formatMs(us)).toBe(text));

  it.each([
    [0, "0 %"],
    [1, "100 %"],
    [0.02, "2 %"],
    [0.98979, "98.98 %"],
    [0.000_004, "0.0004 %"],
    [0.999_999, "99.9999 %"],
  ] as const)("writes the share %s as %s", (share, text) => expect(formatShare(share)).toBe(text));

  it("never writes a share as all or nothing when it is neither", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-12, max: 1 - 1e-12, noNaN: true }),
        (share) => !/^(0|100) %$/.test(formatShare(share)),
      ),
    );
  });

  it("groups thousands and trims rates", () => {
    expect([formatCount(1_234_567), formatCount(999), formatRate(99), formatRate(49.96), formatRate(12_345.6)]).toEqual(
      [...["1,234,567", "999", "99/s", "50/s", "12,346/s"]],
    );
  });

  it("shows a hair's breadth beyond the limit", () => {
    expect([0.61, -0.0002, -1, 0, null].map(formatMargin)).toEqual(["+61 %", "-0.020 %", "-100 %", "0.0 %", "–"]);
  });
});

describe("sentences", () => {
  it("writes the deadline where the percentile lies beyond it", () => {
    const summary = summarize(fixtureRecord({ timeoutEvery: 50 }));
    expect([formatAllMs(summary, "p99"), formatAllMs(summary, "max")]).toEqual(["≥ 5,000", "5,001"]);
    expect(formatAllMs(summary, "p95")).toBe(formatMs(summary.responseTimeAllUs.p95));
  });

  it("writes a sum that says so when it does not add up", () => {
    const run = fixtureRun();
    expect(sumLine(summarize(recordOf(run)))).toBe("1,000 planned = 990 ok + 10 device_error");
    run.calls.outcome[0] = 99;
    expect(sumLine(summarize(recordOf(run)))).toBe("1,000 planned ≠ 989 ok + 10 device_error");
  });

  it("says where the knee is and why", () => {
    const stepped = { rates: [100, 200], knee: { minOkShare: 0.9, maxP99: SECOND / 5 } };
    const sentence = (slowFromStep: number) => kneeSentence(summarize(fixtureRecord({ ...stepped, slowFromStep })));
    expect(sentence(1)).toBe(
      "Holds up to 100/s (achieved 99/s; ok ≥ 90 % and p99 ≤ 200.0 ms). Breaks at 200/s: p99 beyond its limit.",
    );
    expect(sentence(0)).toBe("No step holds (ok ≥ 90 % and p99 ≤ 200.0 ms): p99 beyond its limit.");
    expect(sentence(9)).toContain("beyond the offered load");
    expect(kneeSentence(summarize(fixtureRecord()))).toBeUndefined();
  });
});
