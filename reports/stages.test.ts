import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OUTCOME_CODE } from "../protocol/outcome.ts";
import { fixtureRecord, fixtureRun, recordOf } from "./fixture.ts";
import { createJoinedCalls, type JoinedCalls } from "./joined-calls.ts";
import { STAGES, stagesOf } from "./stages.ts";
import { summarize } from "./summary.ts";

const WAY = [
  ...["sentUs", "serverAcceptUs", "serverDispatchUs", "deviceReceivedUs", "deviceRepliedUs", "serverSettleUs"],
] as const;

/** A Call with these instants from its intended start at 1,000 on, undefined where nobody saw one. */
function callOf(instants: readonly (number | undefined)[], settled: number): JoinedCalls {
  const batch = createJoinedCalls(0, 1);
  batch.intendedUs[0] = 1_000;
  batch.settledUs[0] = settled;
  for (const [index, name] of WAY.entries())
    (batch[name as keyof JoinedCalls] as Float64Array)[0] = instants[index] ?? Number.NaN;
  return batch;
}

function stages(instants: readonly (number | undefined)[], settled: number): number[] | undefined {
  const into = new Float64Array(STAGES.length);
  return stagesOf(callOf(instants, settled), 0, into) ? [...into] : undefined;
}

describe("stages of a Call", () => {
  it("are the ways between the instants", () => {
    expect(stages([1_010, 1_200, 1_230, 1_500, 51_500, 51_900], 52_000)).toEqual([10, 190, 30, 270, 50_000, 400, 100]);
  });

  it.each<[string, (number | undefined)[], number[]]>([
    ["no reply", [1_010, 1_200, 1_230, 1_500, undefined, 5_000], [10, 190, 30, 270, 3_500, 0, 1_000]],
    ["no request", [1_010, 1_200, 1_230, undefined, undefined, 5_000], [10, 190, 30, 3_770, 0, 0, 1_000]],
    ["no device", [1_010, 1_200, undefined, undefined, undefined, 5_000], [10, 190, 3_800, 0, 0, 0, 1_000]],
    ["no server", [1_010, undefined, undefined, undefined, undefined, undefined], [10, 4_990, 0, 0, 0, 0, 0]],
    [
      "a reply after the server gave up",
      [1_010, 1_200, 1_230, 1_500, 5_900, 5_000],
      [10, 190, 30, 270, 3_500, 0, 1_000],
    ],
  ])("with %s, the wait is the time of the stage that did not end", (_, instants, expected) => {
    expect(stages(instants, 6_000)).toEqual(expected);
  });

  it("are none of a Call that was never sent or never settled", () => {
    expect(stages([undefined], 6_000)).toBeUndefined();
    expect(stages([1_010], Number.NaN)).toBeUndefined();
  });

  it("add up to the response time and are never negative, whatever was seen and however clocks disagree", () => {
    const instant = fc.option(fc.integer({ min: 900, max: 9_000 }), { nil: undefined });
    const way = fc.tuple(fc.integer({ min: 990, max: 9_000 }), instant, instant, instant, instant, instant);
    fc.assert(
      fc.property(way, fc.integer({ min: 1_000, max: 9_000 }), (instants, settled) => {
        const times = stages(instants, settled) ?? [];
        expect(times.reduce((sum, time) => sum + time, 0)).toBe(settled - 1_000);
        expect(Math.min(...times)).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 500 },
    );
  });
});

describe("stages of a run", () => {
  it("are unknown when the server is not ours", () => {
    expect(summarize(fixtureRecord()).stages).toBeNull();
  });

  it("say what the Calls round a quantile and those in vain spent, in means that add up", () => {
    const { stages: found } = summarize(fixtureRecord({ server: true, timeoutEvery: 50 }));
    expect(found?.groups.map(({ name, n }) => [name, n > 0])).toEqual([
      ["median", true],
      ["p99", true],
      ["timeouts", true],
    ]);
    for (const { meanUs, responseTimeUs } of found?.groups ?? []) {
      const sum = Object.values(meanUs).reduce((all, mean) => all + mean, 0);
      expect(Math.abs(sum - responseTimeUs)).toBeLessThanOrEqual(STAGES.length);
    }
    const [median, p99, timeouts] = found?.groups ?? [];
    expect(median?.meanUs).toMatchObject({ toServer: 200, inServer: 60, inDevice: 50_120 });
    expect((p99?.meanUs.backToServer ?? 0) > 2 * (median?.meanUs.backToServer ?? 0)).toBe(true);
    expect(timeouts?.meanUs.inDevice).toBeGreaterThan(4_990_000);
    expect(found?.spread.toServer).toEqual({ p50: 200, p99: 200 });
  });

  it("hold the Calls of a band and no others", () => {
    const run = fixtureRun({ server: true });
    const responses = Array.from(
      run.calls.settledUs,
      (settled, call) => settled - (run.calls.intendedUs[call] as number),
    );
    const median = summarize(recordOf(run)).stages?.groups[0];
    const inside = responses.filter((us) => us >= (median?.fromUs ?? 0) && us <= (median?.toUs ?? 0));
    expect(inside).toHaveLength(median?.n ?? 0);
    expect(Math.round(inside.reduce((sum, us) => sum + us, 0) / inside.length)).toBe(median?.responseTimeUs);
    expect(inside.length).toBeGreaterThanOrEqual(100);
  });

  it("leave out an answer that the server's account does not know", () => {
    const run = fixtureRun({ server: true });
    if (run.server !== undefined) run.server.call[0] = -1;
    run.calls.outcome[1] = OUTCOME_CODE.rejected;
    expect(summarize(recordOf({ ...run, server: undefined })).stages).toBeNull();
    expect(summarize(recordOf(run)).stages?.groups[0]?.name).toBe("median");
  });
});
