/**
 * What the threads that make the load and play the devices went through during a run, and the machine under them: what the
 * generator must show of itself before its figures are anybody else's (measurement rule R8). Lists have one entry per slot of
 * `slotS` seconds since the run's origin; a slot that nobody sampled holds 0.
 */

export interface ThreadVitals {
  /** `caller`, `fleet`, or `fleet 2` of several. */
  readonly name: string;
  /** Share of the time its event loop was busy: the slot's mean, and its busiest second. */
  readonly busyMean: readonly number[];
  readonly busyMax: readonly number[];
  /** Collections of garbage that stopped it: how many, for how long together, the longest. */
  readonly gcPauses: readonly number[];
  readonly gcSumUs: readonly number[];
  readonly gcMaxUs: readonly number[];
}

export interface MachineVitals {
  /** Share of all CPU time that went to other machines of the same host; undefined where it cannot be read. */
  readonly stealShare: readonly number[] | undefined;
  /** Share of all CPU time that anybody on this machine used, ourselves included; undefined where it cannot be read. */
  readonly busyShare: readonly number[] | undefined;
  /** Time in which the control group had used up its CPU quota and stood still; undefined where it cannot be read. */
  readonly throttledUs: readonly number[] | undefined;
  /** CPU time of the whole process, in cores. */
  readonly processCores: readonly number[];
}

export interface GeneratorVitals {
  readonly slotS: number;
  readonly threads: readonly ThreadVitals[];
  readonly machine: MachineVitals;
}
