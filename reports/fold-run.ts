/** Everything that is gathered from the Calls of a run in one pass over them; the Summary and the pages are made from it. */
import type { Instant } from "../protocol/time.ts";
import { DeadlineFold } from "./deadline-anatomy.ts";
import { DeviceFold } from "./device-tails.ts";
import type { SeriesSeconds } from "./interval-series.ts";
import { type Fold, foldCalls, type JoinedCalls } from "./joined-calls.ts";
import { type Measured, MeasuredSteps } from "./measured-steps.ts";
import { OutcomeSightings } from "./outcome-sightings.ts";
import type { RunRecord } from "./run-record.ts";
import { SlotCounts } from "./slot-counts.ts";
import { NotableCalls } from "./slowest-calls.ts";
import { StageSums } from "./stage-summary.ts";
import { RequestCounts } from "./strays.ts";
import type { StageSummary } from "./summary-schema.ts";

export interface FoldedRun {
  readonly steps: MeasuredSteps;
  readonly whole: Measured;
  /** The headline series by the second of the intended start. */
  readonly seconds: SeriesSeconds;
  readonly slotCounts: SlotCounts;
  readonly stages: StageSummary | null;
  readonly requests: RequestCounts;
  readonly notable: NotableCalls;
  readonly sightings: OutcomeSightings;
  readonly devices: DeviceFold;
  readonly deadline: DeadlineFold;
  readonly extent: Extent;
}

/** The latest instants of a run; 0 without a Call. */
class Extent implements Fold {
  lastIntended: Instant = 0;
  lastSettled: Instant = 0;

  add({ length, intendedUs, settledUs }: JoinedCalls): void {
    let { lastIntended, lastSettled } = this;
    for (let row = 0; row < length; row += 1) {
      const intended = intendedUs[row] as number;
      const settled = settledUs[row] as number;
      // Comparisons with NaN are false: a Call that never settled moves nothing.
      if (intended > lastIntended) lastIntended = intended;
      if (settled > lastSettled) lastSettled = settled;
    }
    this.lastIntended = lastIntended;
    this.lastSettled = lastSettled;
  }
}

/** The same record always gives the same result. Throws UnreadableRun when the run's journal is damaged. */
export function foldRun({ facts, totals, calls, extra }: RunRecord): FoldedRun {
  const steps = new MeasuredSteps(facts.timeout);
  const slotCounts = new SlotCounts(facts.timeout);
  const stages = new StageSums(facts.timeout);
  const requests = new RequestCounts(extra);
  const notable = new NotableCalls(facts);
  const sightings = new OutcomeSightings();
  const devices = new DeviceFold(totals.fleet.devices, facts.timeout);
  const deadline = new DeadlineFold(facts.timeout);
  const extent = new Extent();
  foldCalls(calls, steps, slotCounts, stages, requests, notable, sightings, devices, deadline, extent);
  return {
    steps,
    whole: steps.whole(),
    seconds: steps.seconds(),
    slotCounts,
    stages: stages.summary(),
    requests,
    notable,
    sightings,
    devices,
    deadline,
    extent,
  };
}
