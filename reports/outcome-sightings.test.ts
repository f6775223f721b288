import { expect, it } from "vitest";
import { OUTCOME_CODE, type Outcome } from "../protocol/outcome.ts";
import { createJoinedCalls } from "./joined-calls.ts";
import { OutcomeSightings } from "./outcome-sightings.ts";

it("tells when an Outcome was first and last seen, and counts each device once", () => {
  const fold = new OutcomeSightings();
  const calls: readonly [Outcome, number, number, number][] = [
    ["ok", 3, 100, 300],
    ["ok", 900, 110, 250],
    ["timeout", 3, 120, 5_120],
    ["ok", 3, 130, 900],
    ["dropped", 8, 140, Number.NaN],
  ];
  for (const [index, [outcome, device, intended, settled]] of calls.entries()) {
    // A batch each: a run is seen in stretches.
    const batch = createJoinedCalls(index, 1);
    batch.outcome[0] = OUTCOME_CODE[outcome];
    batch.device[0] = device;
    batch.intendedUs[0] = intended;
    batch.settledUs[0] = settled;
    fold.add(batch);
  }
  expect(fold.sightings()).toEqual([
    { outcome: "ok", calls: 3, first: 250, last: 900, devices: 2 },
    { outcome: "timeout", calls: 1, first: 5_120, last: 5_120, devices: 1 },
    { outcome: "dropped", calls: 1, first: 140, last: 140, devices: 1 },
  ]);
});
