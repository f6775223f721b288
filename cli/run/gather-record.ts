/** From what caller, fleet, server and machine say of a run to the one record that its reports are made of. */
import type { ServerColumns } from "../../protocol/call-records.ts";
import type { Instant } from "../../protocol/time.ts";
import { joinCalls } from "../../reports/join-calls.ts";
import type { RunFacts, RunRecord, RunTotals } from "../../reports/run-record.ts";
import { readServerAccount } from "../../reports/server-account.ts";
import type { FleetProgress, FleetReport } from "../../simulator/fleet/fleet.ts";
import type { DrainedFleet } from "../../simulator/fleet/fleet-part.ts";
import { foldVitals } from "../../simulator/vitals/fold-vitals.ts";
import type { MachineWatch } from "../../simulator/vitals/machine-watch.ts";
import { behaviourEvents } from "./behaviour-errors.ts";
import { foldClientCalls } from "./client-calls.ts";
import type { EmbeddedServer } from "./embedded-server.ts";
import type { CallsResult } from "./run-calls.ts";
import type { SettledRun } from "./settle-run.ts";

export interface RunWitnesses {
  readonly facts: RunFacts;
  readonly result: CallsResult;
  readonly drained: DrainedFleet;
  readonly machine: ReturnType<MachineWatch["end"]>;
  readonly server: EmbeddedServer | undefined;
  /** Where the server puts its account of each call; it may be deleted afterwards. */
  readonly accountPath: string;
  readonly interrupted: boolean;
}

/** Throws when the server's account cannot be read. */
export async function gatherRecord(run: SettledRun, witnesses: RunWitnesses): Promise<RunRecord> {
  const { facts, result, drained, machine, server, accountPath, interrupted } = witnesses;
  const { report, progress: atEnd, vitals } = drained;
  const account = await takeAccount(server, accountPath, result.origin);
  const { calls, extra, serverCalls } = joinCalls({ calls: result.calls, ledger: report.ledger, server: account });
  const events = [...result.events, ...report.events, ...behaviourEvents(report.behaviourErrors)];
  const threads = namedThreads(result.vitals, vitals);
  return {
    facts: { ...facts, steps: result.steps },
    totals: {
      fleet: fleetTotals(report, atEnd),
      strays: await server?.strays(),
      serverCalls,
      clientCalls: foldClientCalls(run, report.clientCalls),
      events: events.sort((a, b) => a.at - b.at),
      interrupted,
      vitals: foldVitals({ origin: result.origin, threads, machine }),
    },
    calls,
    extra,
  };
}

/** What the embedded server wrote down of the calls; nothing of any other server. */
async function takeAccount(
  server: EmbeddedServer | undefined,
  path: string,
  origin: Instant,
): Promise<ServerColumns | undefined> {
  if (server === undefined) return undefined;
  await server.writeLedger(path);
  const account = readServerAccount(path, origin);
  if (account instanceof Error) throw account;
  return account;
}

function fleetTotals(report: FleetReport, { devices, failed }: FleetProgress): RunTotals["fleet"] {
  const { connectMs, lostConnections, reconnects, refusedConnections, awayAtEnd, faults, telemetry } = report;
  const connected = devices - failed;
  return {
    devices,
    connected,
    connectMs,
    lostConnections,
    reconnects,
    refusedConnections,
    awayAtEnd,
    faults,
    telemetry,
  };
}

function namedThreads(caller: CallsResult["vitals"], fleet: DrainedFleet["vitals"]) {
  const parts = fleet.map((samples, part) => ({ name: fleet.length === 1 ? "fleet" : `fleet ${part + 1}`, samples }));
  return [{ name: "caller", samples: caller }, ...parts];
}
