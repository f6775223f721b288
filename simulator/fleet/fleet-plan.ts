/** What a fleet is told before it connects: plain data, so that it can be sent to a worker thread and kept with a run. */
import type { DialectName } from "../../protocol/dialect.ts";
import type { Duration } from "../../protocol/time.ts";

/** What a device shows instead of an access token (contract 6.1). */
export type DeviceCredentials =
  | {
      readonly kind: "mqtt_basic";
      readonly clientId: string | undefined;
      readonly username: string | undefined;
      readonly password: string | undefined;
    }
  /** PEM texts of a client certificate and its key. */
  | { readonly kind: "x509"; readonly certificate: string; readonly key: string };

/** A device as the server knows it. */
export interface ProvisionedDevice {
  readonly id: string;
  /** Its access token; empty when it has other credentials. */
  readonly token: string;
  /** Its name on the server, by which a gateway speaks of it; undefined when nobody needs it. */
  readonly name?: string | undefined;
  readonly credentials?: DeviceCredentials | undefined;
}

export interface Endpoint {
  readonly host: string;
  readonly port: number;
  /**
   * More addresses of the same server, over which devices are spread: one address pair has 28,232 ports by Linux's default, and
   * finding a free one costs more CPU the fewer are left.
   */
  readonly moreHosts?: readonly string[];
}

/** Where a server listens; what no cohort of the plan needs may be undefined. */
export interface Endpoints {
  readonly mqtt: Endpoint | undefined;
  readonly mqtts?: Endpoint | undefined;
  readonly ws?: Endpoint | undefined;
  readonly coap?: Endpoint | undefined;
  /** The URL of the REST port, which is that of the HTTP device API as well. */
  readonly http?: string | undefined;
  /** PEM text of the authorities that the server's certificate may come from; undefined: the machine's own. */
  readonly ca?: string | undefined;
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
  /** How it speaks to the server. */
  readonly transport: string;
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

/** Measurements that every device sends at a steady pace, each from a phase of its own. */
export interface TelemetryPlan {
  /** Time between two messages of one device. */
  readonly period: Duration;
  /** JSON text. */
  readonly payload: string;
}

export interface FleetPlan {
  readonly endpoints: Endpoints;
  readonly dialect: DialectName;
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
  readonly telemetry: TelemetryPlan | undefined;
  /** Devices that connect others, one for each group of `gatewayGroups`. */
  readonly gateways: readonly ProvisionedDevice[];
}

/** The faults of each cohort, as a report names them: what a ledger's bits mean. */
export function faultNames(cohorts: readonly CohortPlan[]): string[][] {
  return cohorts.map(({ name, faults }) => faults.map((fault) => (cohorts.length === 1 ? fault : `${name}: ${fault}`)));
}
