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
  /** Device connections: so many first, unmeasured, then so many measured. */
  readonly warmUpConnections: number;
  readonly connections: number;
  /** Devices of which one is stalled. */
  readonly stalledAmong: number;
  /** More than of the others: a tail needs them. */
  readonly stalledRepetitions: number;
}

export const FULL: BenchSize = {
  repetitions: 3,
  callers: 32,
  devices: 100,
  headSeconds: 1,
  closedSeconds: 3,
  rates: [200, 1_000],
  openSeconds: 8,
  callerRepetitions: 3,
  warmUpConnections: 200,
  connections: 2_000,
  stalledAmong: 1_000,
  stalledRepetitions: 7,
};

export const QUICK: BenchSize = {
  ...FULL,
  repetitions: 2,
  closedSeconds: 2,
  openSeconds: 3,
  callerRepetitions: 2,
  stalledRepetitions: 2,
  connections: 1_000,
};
