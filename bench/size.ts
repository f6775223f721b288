import type { StubCalls } from "./stub-broker.ts";

/** How much is measured; everything a bench does is bounded by these. */
export interface BenchSize {
  readonly repetitions: number;
  /** Two-way calls: callers, devices, and how long. */
  readonly callers: number;
  readonly devices: number;
  readonly headSeconds: number;
  readonly closedSeconds: number;
  /** Open workload of the callers. */
  readonly rates: readonly number[];
  readonly openSeconds: number;
  readonly callerRepetitions: number;
  /** Device connections; fewer where a process may not have so many descriptors. */
  readonly connections: number;
  /** Devices that answer calls, and the calls. */
  readonly answeringDevices: number;
  readonly answeredCalls: StubCalls;
  /** Devices of which one is stalled. */
  readonly stalledAmong: number;
  /** More than of the others: a tail needs them. */
  readonly stalledRepetitions: number;
  /** Calls of the run that reports are made of. */
  readonly reportedCalls: number;
}

export const FULL: BenchSize = {
  repetitions: 3,
  callers: 32,
  devices: 100,
  headSeconds: 1,
  closedSeconds: 3,
  rates: [200, 1_000, 2_000],
  openSeconds: 8,
  callerRepetitions: 3,
  connections: 20_000,
  answeringDevices: 1_000,
  answeredCalls: { perSecond: 2_000, seconds: 5 },
  stalledAmong: 1_000,
  stalledRepetitions: 7,
  reportedCalls: 10_000_000,
};

export const QUICK: BenchSize = {
  ...FULL,
  repetitions: 2,
  closedSeconds: 2,
  openSeconds: 3,
  callerRepetitions: 2,
  stalledRepetitions: 2,
  connections: 5_000,
  reportedCalls: 1_000_000,
};
