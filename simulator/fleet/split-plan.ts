/** A fleet's plan in parts, one for each thread, and their reports as one. What a device does is the same however it is split. */
import { concatColumns, createLedgerColumns } from "../../protocol/call-records.ts";
import type { ClientCallColumns } from "../../protocol/client-call-records.ts";
import { seedFrom } from "../../protocol/random.ts";
import type { BehaviourError } from "../behaviour/user-behaviour.ts";
import type { FleetProgress, FleetReport } from "./fleet.ts";
import type { ClientCallPlan, FleetPlan } from "./fleet-plan.ts";
import { gatewayGroups, partRanges } from "./gateway-groups.ts";

/** `parts` plans of neighbouring devices, none empty; each connects at its share of the pace. */
export function splitPlan(plan: FleetPlan, parts: number): FleetPlan[] {
  const { devices, firstOrdinal, connecting, connectRate, clientCalls, cohorts } = plan;
  const ranges = partRanges(devices.length, parts);
  const count = ranges.length;
  const gateways = [...plan.gateways];
  return ranges.map(({ from, to }) => {
    const first = firstOrdinal + from;
    const groups = gatewayGroups(cohorts, seedFrom(plan.seed), { first, devices: to - from });
    return {
      ...plan,
      devices: devices.slice(from, to),
      firstOrdinal: first,
      gateways: gateways.splice(0, groups.count),
      connecting: Math.max(1, Math.round(connecting / count)),
      connectRate: connectRate === undefined ? undefined : (connectRate * (to - from)) / devices.length,
      clientCalls: clientCalls && callsOf(clientCalls, first, firstOrdinal + to),
    };
  });
}

/** Those of the calls whose devices are in [from, to). */
function callsOf(plan: ClientCallPlan, from: number, to: number): ClientCallPlan {
  const isOwn = (_: number, row: number): boolean => {
    const device = plan.devices[row] as number;
    return device >= from && device < to;
  };
  return {
    ...plan,
    intendedUs: plan.intendedUs.filter(isOwn),
    devices: plan.devices.filter((device) => device >= from && device < to),
  };
}

export function joinProgress(parts: readonly FleetProgress[]): FleetProgress {
  const sum = (pick: (part: FleetProgress) => number): number => parts.reduce((total, part) => total + pick(part), 0);
  return {
    devices: sum(({ devices }) => devices),
    connected: sum(({ connected }) => connected),
    failed: sum(({ failed }) => failed),
    firstFailure: parts.find(({ firstFailure }) => firstFailure !== undefined)?.firstFailure,
  };
}

export function joinReports(parts: readonly FleetReport[]): FleetReport {
  const [first] = parts as readonly [FleetReport];
  if (parts.length === 1) return first;
  const sum = (pick: (part: FleetReport) => number): number => parts.reduce((total, part) => total + pick(part), 0);
  return {
    requests: sum(({ requests }) => requests),
    pending: sum(({ pending }) => pending),
    ledger: concatColumns(
      createLedgerColumns(1),
      parts.map(({ ledger }) => ledger),
    ),
    connectMs: Math.max(...parts.map(({ connectMs }) => connectMs)),
    lostConnections: sum(({ lostConnections }) => lostConnections),
    reconnects: sum(({ reconnects }) => reconnects),
    refusedConnections: sum(({ refusedConnections }) => refusedConnections),
    awayAtEnd: sum(({ awayAtEnd }) => awayAtEnd),
    faults: first.faults.map(({ name }, index) => ({
      name,
      matched: parts.reduce((sum, { faults }) => sum + (faults[index]?.matched ?? 0), 0),
      fired: parts.reduce((sum, { faults }) => sum + (faults[index]?.fired ?? 0), 0),
    })),
    clientCalls: joinClientCalls(parts.map(({ clientCalls }) => clientCalls)),
    telemetry: first.telemetry && {
      sent: parts.reduce((sum, { telemetry }) => sum + (telemetry?.sent ?? 0), 0),
      refused: parts.reduce((sum, { telemetry }) => sum + (telemetry?.refused ?? 0), 0),
    },
    behaviourErrors: joinErrors(parts.flatMap(({ behaviourErrors }) => behaviourErrors)),
    // Every part has the same faults by the same schedule.
    events: first.events,
  };
}

/** The same error of several parts is one, of the first device it happened to. */
function joinErrors(errors: readonly BehaviourError[]): BehaviourError[] {
  const joined = new Map<string, BehaviourError>();
  for (const error of errors) {
    const key = `${error.method}\n${error.message}`;
    const known = joined.get(key);
    const first = known === undefined || error.at < known.at ? error : known;
    joined.set(key, { ...first, count: error.count + (known?.count ?? 0) });
  }
  return [...joined.values()];
}

/** The rows of all parts in the order of their intended starts. */
function joinClientCalls(parts: readonly (ClientCallColumns | undefined)[]): ClientCallColumns | undefined {
  const rows = parts.flatMap((part) =>
    part === undefined ? [] : Array.from({ length: part.length }, (_, row) => ({ part, row })),
  );
  if (parts.every((part) => part === undefined)) return undefined;
  rows.sort((a, b) => (a.part.intendedUs[a.row] as number) - (b.part.intendedUs[b.row] as number));
  const column = (name: "intendedUs" | "sentUs" | "settledUs"): Float64Array =>
    Float64Array.from(rows, ({ part, row }) => part[name][row] as number);
  return {
    length: rows.length,
    intendedUs: column("intendedUs"),
    sentUs: column("sentUs"),
    settledUs: column("settledUs"),
    outcome: Uint8Array.from(rows, ({ part, row }) => part.outcome[row] as number),
  };
}
