import { describe, expect, it } from "vitest";
import { OUTCOME_CODE, type Outcome } from "../protocol/outcome.ts";
import { MILLISECOND, SECOND } from "../protocol/time.ts";
import { DeviceFold, type DeviceTails } from "./device-tails.ts";
import { createJoinedCalls } from "./joined-calls.ts";

interface Answer {
  readonly device: number;
  readonly outcome?: Outcome;
  readonly response: number;
}

function tailsOf(devices: number, answers: readonly Answer[]): DeviceTails {
  const batch = createJoinedCalls(0, answers.length);
  for (const [row, { device, outcome = "ok", response }] of answers.entries()) {
    batch.device[row] = device;
    batch.outcome[row] = OUTCOME_CODE[outcome];
    batch.intendedUs[row] = row;
    batch.settledUs[row] = row + response;
  }
  const fold = new DeviceFold(devices, 5 * SECOND);
  fold.add(batch);
  return fold.tails();
}

/** `count` answers of a device, of 1 ms, 2 ms and so on. */
const rising = (device: number, count: number): Answer[] =>
  Array.from({ length: count }, (_, index) => ({ device, response: (index + 1) * MILLISECOND }));

describe("DeviceFold", () => {
  it("finds the p99 of each device to within 5 %, the slowest device last", () => {
    const { statistic, tails } = tailsOf(3, [...rising(2, 400), ...rising(0, 1_000)]);
    expect(statistic).toBe("p99");
    expect(tails.map(({ device }) => device)).toEqual([2, 0]);
    for (const [index, exact] of [396, 990].entries()) {
      const found = (tails[index]?.valueUs ?? 0) / MILLISECOND;
      expect(found).toBeGreaterThanOrEqual(exact);
      expect(found).toBeLessThan(exact * 1.05);
    }
  });

  it("shows the slowest answer where there are too few for a p99, and says who never answered", () => {
    const lost: Answer[] = [
      { device: 1, outcome: "timeout", response: 5 * SECOND },
      { device: 0, outcome: "timeout", response: 5 * SECOND },
      { device: 1, outcome: "no_connection", response: 0 },
    ];
    const { statistic, tails, silent, timeouts } = tailsOf(9, [...rising(0, 20), ...lost]);
    expect(statistic).toBe("slowest");
    expect(tails).toEqual([{ device: 0, answers: 20, valueUs: 20 * MILLISECOND, timeouts: 1 }]);
    expect([silent, timeouts]).toEqual([1, [1, 1]]);
  });

  it("leaves out the few devices that have too few answers, and counts them", () => {
    const { tails, tooFew } = tailsOf(4, [...rising(0, 400), ...rising(1, 400), ...rising(2, 10)]);
    expect([tails.length, tooFew]).toEqual([2, 1]);
  });

  it("keeps the slowest answer of each of more than 5,000 devices", () => {
    const { statistic, tails } = tailsOf(6_000, rising(5_999, 500));
    expect([statistic, tails[0]?.valueUs]).toEqual(["slowest", 500 * MILLISECOND]);
  });
});
