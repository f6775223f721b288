import { describe, expect, it } from "vitest";
import { OUTCOME_CODE, type Outcome } from "../protocol/outcome.ts";
import { MILLISECOND, SECOND } from "../protocol/time.ts";
import { type DeadlineAnatomy, DeadlineFold } from "./deadline-anatomy.ts";
import { createJoinedCalls } from "./joined-calls.ts";

const TIMEOUT = 5 * SECOND;

interface Call {
  readonly outcome: Outcome;
  readonly accepted?: number;
  readonly received?: number;
  readonly programmed?: number;
  readonly replied?: number;
}

function anatomyOf(calls: readonly Call[]): DeadlineAnatomy {
  const batch = createJoinedCalls(0, calls.length);
  for (const [row, call] of calls.entries()) {
    batch.outcome[row] = OUTCOME_CODE[call.outcome];
    batch.sentUs[row] = 0;
    batch.serverAcceptUs[row] = call.accepted ?? Number.NaN;
    batch.deviceReceivedUs[row] = call.received ?? Number.NaN;
    batch.deviceProgrammedUs[row] = call.programmed ?? Number.NaN;
    batch.deviceRepliedUs[row] = call.replied ?? Number.NaN;
  }
  const fold = new DeadlineFold(TIMEOUT);
  fold.add(batch);
  return fold.anatomy();
}

const filled = (anatomy: DeadlineAnatomy) => anatomy.bins.filter(({ inTime, late }) => inTime + late > 0);

describe("DeadlineFold", () => {
  it("places a reply by its distance to the server's deadline, before or after it", () => {
    for (const distance of [-4_900, -800, -30, -2, 2, 45, 700, 4_000].map((ms) => ms * MILLISECOND)) {
      const accepted = 300;
      const [bin] = filled(
        anatomyOf([{ outcome: "ok", accepted, received: 500, replied: accepted + TIMEOUT + distance }]),
      );
      expect(bin?.fromUs).toBeLessThanOrEqual(distance);
      expect(bin?.toUs).toBeGreaterThanOrEqual(distance);
    }
  });

  it("counts from the actual send where the server is not ours", () => {
    const [bin] = filled(anatomyOf([{ outcome: "ok", received: 500, replied: TIMEOUT }]));
    expect([bin?.fromUs, bin?.toUs]).toEqual([-MILLISECOND, MILLISECOND]);
  });

  it("tells in time, late, underway, unreplied and unreceived apart", () => {
    const anatomy = anatomyOf([
      { outcome: "ok", received: 1, programmed: 10, replied: 20 },
      { outcome: "timeout", received: 1, programmed: 2 * TIMEOUT, replied: 2 * TIMEOUT },
      { outcome: "timeout", received: 1, programmed: 10, replied: TIMEOUT - 20 * MILLISECOND },
      { outcome: "timeout", received: 1 },
      { outcome: "no_connection" },
      { outcome: "rejected" },
    ]);
    const { bins: _, ...counts } = anatomy;
    expect(counts).toEqual({ inTime: 1, late: 2, underway: 1, unreplied: 1, unreceived: 1, programmedBeyond: 1 });
  });

  it("has bins without a gap between them", () => {
    const { bins } = anatomyOf([]);
    for (const [index, bin] of bins.slice(1).entries()) expect(bin.fromUs).toBe(bins[index]?.toUs);
  });
});
