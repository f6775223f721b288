/**
 * What a run hands to the reports: facts about it and its Calls. Everything in a report is computed from a RunRecord, and a
 * run directory holds all of it (`run.json` the facts, the journal the Calls), so any report can be made again later.
 */
import type { LedgerColumns } from "../protocol/call-records.ts";
import type { DialectName } from "../protocol/dialect.ts";
import type { GeneratorVitals } from "../protocol/generator-vitals.ts";
import type { Duration, Instant } from "../protocol/time.ts";
import type { Baseline } from "./baseline.ts";
import type { CallSource } from "./joined-calls.ts";
import type { ClientCalls } from "./summary-schema.ts";

/** Machine and versions the run was made with. */
export interface HostFacts {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryMiB: number;
  readonly platform: string;
  readonly node: string;
  readonly rpcfleet: string;
  /** Version line of k6, when it was the engine. */
  readonly k6: string | undefined;
}

/** A stretch of the workload with one offered rate; a plain workload has exactly one. */
export interface StepFacts {
  /** Calls per second offered, their mean where the rate changes; undefined in a closed workload. */
  readonly rate: number | undefined;
  /** First instant of the step, since the run's origin. */
  readonly start: Instant;
  readonly duration: Duration;
}

/** A rule of a stepped workload: the step it first breaks at ends the run. */
export interface KneeRule {
  /** Least share of the offered calls that must have been answered `ok`, such as 0.99. */
  readonly minOkShare: number;
  /** Largest p99 of the response time. */
  readonly maxP99: Duration;
}

/** An incident worth a mark on the time axis: a server stall, a lost fleet connection, an interruption. */
export interface RunEvent {
  readonly at: Instant;
  readonly label: string;
}

/** One kind of Call of a workload. */
export interface KindFacts {
  readonly name: string;
  readonly method: string;
  readonly type: "two-way" | "one-way" | "persistent two-way" | "persistent one-way";
  /** As the server applies it. */
  readonly timeout: Duration;
}

export interface RunFacts {
  readonly scenario: string;
  readonly description: string;
  readonly engine: "native" | "k6";
  /** As the user may pass it again. */
  readonly seed: string;
  /** URL of the server the callers used. */
  readonly target: string;
  /** True when rpcfleet started that server itself for this run. */
  readonly embedded: boolean;
  readonly dialect: DialectName;
  readonly host: HostFacts;
  /** Wall-clock time of the run's origin, ISO 8601 in UTC. */
  readonly startedAt: string;
  /** The command that repeats the run. */
  readonly command: string;
  /** Settings in reading order, for the report: such as ["latency", "constant(50ms)"]. */
  readonly settings: readonly (readonly [string, string])[];
  readonly workload: "open" | "closed";
  /** How arrivals are spaced; undefined in a closed workload, and when they were recorded elsewhere. */
  readonly arrivals: "poisson" | "constant" | undefined;
  readonly steps: readonly StepFacts[];
  readonly knee: KneeRule | undefined;
  /** Effective timeout of a Call, as the server applies it; of several kinds, the longest. */
  readonly timeout: Duration;
  /** Names of the faults of each cohort: what the bits of the ledger's `faults` column mean. */
  readonly faults: readonly (readonly string[])[];
  /** Those of them that make devices answer with the reply of another call. */
  readonly replyMixers: readonly string[];
  /** Gates as their author wrote them. */
  readonly gates: readonly string[];
  /** Figures of the run that they may be held against; undefined when none was named. */
  readonly baseline?: Baseline | undefined;
  /** By the numbers in the calls' column `kind`; empty in runs from before there were several. */
  readonly kinds: readonly KindFacts[];
}

/** What the fleet and the server said of themselves when the run was over. */
export interface RunTotals {
  readonly fleet: {
    readonly devices: number;
    readonly connected: number;
    /** From the first connect to the last SUBACK, milliseconds. */
    readonly connectMs: number;
    /** Connections that ended without the plan asking for it. */
    readonly lostConnections: number;
    /** Connections made after a device's first. */
    readonly reconnects: number;
    /** Attempts to connect that came to no CONNACK. */
    readonly refusedConnections: number;
    /** Devices without a connection when the run was over. */
    readonly awayAtEnd: number;
    /** Per fault: calls it judged, and calls it fired on. */
    readonly faults: readonly { readonly name: string; readonly matched: number; readonly fired: number }[];
    /** Messages of measurements beside the RPC: taken by a connection, or lost without one; undefined when there were none. */
    readonly telemetry?: { readonly sent: number; readonly refused: number } | undefined;
  };
  /** Replies without an open Call as the server counted them; undefined when the server is not ours. */
  readonly strays: { readonly late: number; readonly duplicate: number; readonly unknown: number } | undefined;
  /** Calls that the server's own account holds: those of the plan, and others; undefined when the server is not ours. */
  readonly serverCalls?: { readonly matched: number; readonly unmatched: number } | undefined;
  /** The devices' own calls; undefined when the run had none. */
  readonly clientCalls: ClientCalls | undefined;
  readonly events: readonly RunEvent[];
  /** True when the run was ended by Ctrl-C before its plan was through. */
  readonly interrupted: boolean;
  /** How the generator's threads and their machine fared; undefined when it was not recorded. */
  readonly vitals?: GeneratorVitals | undefined;
}

export interface RunRecord {
  readonly facts: RunFacts;
  readonly totals: RunTotals;
  readonly calls: CallSource;
  /** Requests that devices received beyond one for each Call: foreign ones and repetitions. */
  readonly extra: LedgerColumns;
}
