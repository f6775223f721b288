/** A small fleet on a WireObserver: what a fault does is seen from the other side of the socket. */
import { SECOND } from "../../protocol/time.ts";
import { monotonicNow } from "../../simulator/clock.ts";
import { Fleet, type FleetReport } from "../../simulator/fleet/fleet.ts";
import type { CohortPlan, FleetPlan } from "../../simulator/fleet/fleet-plan.ts";
import { type ObservedConnection, type ObserverManners, WireObserver } from "./wire-observer.ts";

export interface ObservedOptions {
  readonly devices?: number;
  readonly faults: readonly string[];
  readonly cohort?: Partial<CohortPlan>;
  readonly plan?: Partial<FleetPlan>;
  /** Filters that the observer does not grant. */
  readonly refuses?: RegExp;
  /** What the server does, where it is not kind. */
  readonly manners?: Partial<ObserverManners>;
}

export interface ObservedFleet {
  readonly observer: WireObserver;
  readonly fleet: Fleet;
  /** The origin of the run: schedules of faults are counted from it. */
  readonly origin: number;
  /** The newest connection of a device; throws when it never connected. */
  connection(ordinal: number): ObservedConnection;
  /** All connections of a device in the order they were accepted. */
  connections(ordinal: number): ObservedConnection[];
  /** How often the faults have fired so far, in their order. */
  fired(): number[];
  /** Ends the fleet and says what it did. */
  finish(): Promise<FleetReport>;
}

const TOKEN = (ordinal: number): string => `TOKEN-${ordinal}`;

/** Connects a fleet (latency 1 ms, timeout 300 ms, unless the options say otherwise) and begins its run. */
export async function observeFleet({
  devices = 1,
  faults,
  cohort,
  plan,
  manners,
  refuses,
}: ObservedOptions): Promise<ObservedFleet> {
  const observer = new WireObserver();
  Object.assign(observer.manners, manners);
  observer.refuses = refuses;
  const port = await observer.listen();
  const fleet = new Fleet({
    endpoints: { mqtt: { host: "127.0.0.1", port } },
    dialect: "tb-v2",
    seed: "7",
    runTag: "t",
    devices: Array.from({ length: devices }, (_, ordinal) => ({ id: `${ordinal}`, token: TOKEN(ordinal) })),
    firstOrdinal: 0,
    cohorts: [
      {
        name: "all",
        weight: 1,
        latency: "constant(1ms)",
        faults,
        reconnect: "fixed(20ms)",
        transport: "mqtt",
        ...cohort,
      },
    ],
    qos: 1,
    timeout: 0.3 * SECOND,
    keepAliveS: 60,
    pingFactor: 0.5,
    keepSession: false,
    connecting: 10,
    connectRate: undefined,
    keepLedger: true,
    clientCalls: undefined,
    telemetry: undefined,
    gateways: [],
    ...plan,
  });
  await fleet.connect();
  const origin = monotonicNow();
  fleet.begin(origin);
  return {
    observer,
    fleet,
    origin,
    connection: (ordinal) => {
      const found = observer.of(TOKEN(ordinal));
      if (found === undefined) throw new Error(`device ${ordinal} never connected`);
      return found;
    },
    connections: (ordinal) => observer.connections.filter(({ token }) => token === TOKEN(ordinal)),
    fired: () => fleet.report(origin).faults.map(({ fired }) => fired),
    finish: async () => {
      const report = fleet.report(origin);
      await fleet.close();
      await observer.close();
      return report;
    },
  };
}
