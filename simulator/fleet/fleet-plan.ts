/** What a fleet is told before it connects: plain data, so that it can be sent to a worker thread and kept with a run. */
import type { Duration } from "../../protocol/time.ts";

/** A device as the server knows it. */
export interface ProvisionedDevice {
  readonly id: string;
  readonly token: string;
}

/** A group of devices with one latency and one list of faults, in their text forms. */
export interface CohortPlan {
  readonly name: string;
  /** Share of the fleet, relative to the other cohorts' weights. */
  readonly weight: number;
  readonly latency: string;
  readonly faults: readonly string[];
}

/** Calls that the devices make themselves, fixed before the run. */
export interface ClientCallPlan {
  readonly method: string;
  /** JSON text. */
  readonly params: string;
  /** How long a device waits for an answer. */
  readonly timeout: Duration;
  /** Intended starts since the run's origin, ascending whole microseconds. */
  readonly intendedUs: Float64Array;
  /** Ordinal of the calling device of each. */
  readonly devices: Uint32Array;
}

export interface FleetPlan {
  readonly host: string;
  readonly port: number;
  readonly seed: string;
  readonly runTag: string;
  readonly devices: readonly ProvisionedDevice[];
  readonly cohorts: readonly CohortPlan[];
  readonly qos: 0 | 1;
  /** Effective timeout of a Call, for faults that are relative to it. */
  readonly timeout: Duration;
  readonly keepAliveS: number;
  /** How many connections may be in the making at once. */
  readonly connecting: number;
  readonly clientCalls: ClientCallPlan | undefined;
}

/** All faults of a plan in order: a ledger's fault n is entry n-1. */
export function faultNames(cohorts: readonly CohortPlan[]): string[] {
  return cohorts.flatMap((cohort) =>
    cohort.faults.map((fault) => (cohorts.length === 1 ? fault : `${cohort.name}: ${fault}`)),
  );
}
