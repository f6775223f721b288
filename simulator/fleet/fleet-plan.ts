/** What a fleet is told before it connects: plain data, so that it can be sent to a worker thread and kept with a run. */
import type { Duration } from "../../protocol/time.ts";

/** A device as the server knows it. */
export interface ProvisionedDevice {
  readonly id: string;
  readonly token: string;
}

/** A group of devices that behave alike, in text forms. */
export interface CohortPlan {
  readonly name: string;
  /** Share of the fleet, relative to the other cohorts' weights. */
  readonly weight: number;
  readonly latency: string;
  readonly faults: readonly string[];
  /** What a device does when its connection is lost. */
  readonly reconnect: string;
  /** Absolute path of the user's own behaviour. */
  readonly behaviour?: string | undefined;
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
  /**
   * More addresses of the same server, over which devices are spread: one address pair has 28,232 ports by Linux's default, and
   * finding a free one costs more CPU the fewer are left.
   */
  readonly moreHosts?: readonly string[];
  readonly port: number;
  readonly seed: string;
  readonly runTag: string;
  readonly devices: readonly ProvisionedDevice[];
  /** Ordinal of the first of them: a plan may be one part of a fleet. */
  readonly firstOrdinal: number;
  readonly cohorts: readonly CohortPlan[];
  readonly qos: 0 | 1;
  /** Effective timeout of a Call, for faults that are relative to it. */
  readonly timeout: Duration;
  readonly keepAliveS: number;
  /** Pings come at this multiple of the keep-alive interval. */
  readonly pingFactor: number;
  readonly keepSession: boolean;
  /** How long a device waits for CONNACK, SUBACK or PINGRESP before it gives a connection up; undefined: 10 s. */
  readonly patience?: Duration | undefined;
  /** How many connections may be in the making at once. */
  readonly connecting: number;
  /** At most so many connections are begun in a second; undefined: as fast as `connecting` lets them. */
  readonly connectRate: number | undefined;
  readonly clientCalls: ClientCallPlan | undefined;
  /** Whether every request has a row in the ledger, or is only counted. */
  readonly keepLedger: boolean;
}

/** The faults of each cohort, as a report names them: what a ledger's bits mean. */
export function faultNames(cohorts: readonly CohortPlan[]): string[][] {
  return cohorts.map(({ name, faults }) => faults.map((fault) => (cohorts.length === 1 ? fault : `${name}: ${fault}`)));
}
