import { describe, expect, it } from "vitest";
import { type CommonBatch, planBatch } from "./plan-batch.ts";
import type { RunArguments } from "./run-arguments.ts";
import { settleRun } from "./settle-run.ts";

const COMMON = {} as CommonBatch;

const settledRun = (scenario: string, given: Partial<RunArguments>) =>
  settleRun({ scenario, engine: "native", mqttPort: 1883, seed: "1", ...given } as RunArguments);

describe("planBatch", () => {
  it("plans a mix at a changing rate: kinds by weight, hot devices, and connections for its peak", async () => {
    const run = await settledRun("mixed-load", { duration: "30s" });
    const [planned] = run.load.steps;
    const place = { step: 0, firstCall: 0, plannedBefore: 0, planned: planned as never, hold: 50_000 };
    const { intendedUs, targets, kindOf, connections } = planBatch(run, COMMON, place);
    expect(Math.abs(intendedUs.length - 6_000)).toBeLessThan(4 * Math.sqrt(6_000));
    expect([targets.length, kindOf.length]).toEqual([intendedUs.length, intendedUs.length]);
    const share = (kind: number) => kindOf.filter((each) => each === kind).length / kindOf.length;
    expect(share(0)).toBeCloseTo(0.7, 1);
    expect(targets.filter((device) => device === 0).length).toBeGreaterThan(intendedUs.length / 10);
    // 360/s at the peak times 50 ms are 18 in flight; four standard deviations and eight spare ones more.
    expect(connections).toBe(18 + 17 + 8);
  });

  it("counts draws by planned calls, so that retries before a step move none of them", async () => {
    const run = await settledRun("throughput", {});
    const place = { step: 1, plannedBefore: 500, planned: { rate: 140, duration: 5_000_000 }, hold: 1_000 };
    const plain = planBatch(run, COMMON, { ...place, firstCall: 500 });
    const retried = planBatch(run, COMMON, { ...place, firstCall: 620 });
    expect(retried).toEqual({ ...plain, firstCall: 620 });
  });

  it("a closed workload has no instants, but targets and kinds to go through", async () => {
    const run = await settledRun("impatient-callers", { seed: "3" });
    const place = { step: 0, firstCall: 0, plannedBefore: 0, planned: run.load.steps[0] as never, hold: 1 };
    const batch = planBatch(run, COMMON, place);
    expect([batch.intendedUs.length, batch.targets.length, batch.kindOf.length]).toEqual([0, 65_536, 65_536]);
    expect(batch.closed).toEqual({ callers: 100, duration: 20_000_000, think: "exponential(mean=1s)" });
  });
});
