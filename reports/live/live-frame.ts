/** What is shown of a run while it goes on: plain data, the same for the terminal and the page. */
import type { Outcome } from "../../protocol/outcome.ts";
import type { Duration, Instant } from "../../protocol/time.ts";
import type { RunEvent } from "../run-record.ts";
import type { Health, Summary } from "../summary-schema.ts";

/** Durations in microseconds; null where there are too few samples to say. */
export interface LiveQuantiles {
  readonly n: number;
  readonly p50: Duration | null;
  readonly p99: Duration | null;
  readonly max: Duration | null;
}

/** Per second. */
export interface LiveRates {
  /** What the plan wanted; undefined in a closed workload. */
  readonly planned: number | undefined;
  /** Undefined when the engine tells of a call only when it has ended. */
  readonly sent: number | undefined;
  readonly ended: number;
  readonly ok: number;
}

export interface LiveFleet {
  readonly devices: number;
  readonly connected: number;
  readonly lost: number;
  readonly reconnects: number;
  readonly refused: number;
}

/** How the run ended. */
export interface LiveEnd {
  readonly verdict: Summary["verdict"];
  readonly reasons: readonly string[];
  /** Path of the HTML report. */
  readonly report: string;
}

export interface LiveFrame {
  readonly scenario: string;
  readonly engine: string;
  readonly seed: string;
  /** What the run is doing, in words. */
  readonly doing: string;
  /** Since the run's origin; undefined before it. */
  readonly elapsed: Duration | undefined;
  /** How long calls are started, all steps together. */
  readonly duration: Duration;
  /** The step that runs, of a workload of several. */
  readonly step: { readonly number: number; readonly of: number; readonly rate: number | undefined } | undefined;
  /** Calls of the steps begun so far; undefined in a closed workload. */
  readonly planned: number | undefined;
  readonly ended: number;
  readonly inFlight: number | undefined;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** Of the last second; undefined when nothing has been heard for longer. */
  readonly rates: LiveRates | undefined;
  /** Response time of the calls answered in the last second, and of all. */
  readonly second: LiveQuantiles;
  readonly overall: LiveQuantiles;
  /** Send lag of the calls that ended in the last second, and of all. */
  readonly lagSecond: LiveQuantiles;
  readonly lagOverall: LiveQuantiles;
  /** Share of its time in which the caller's thread did not wait. */
  readonly busy: number | undefined;
  readonly fleet: LiveFleet | undefined;
  readonly health: { readonly verdict: Health["verdict"]; readonly notes: readonly string[] };
  /** Those that have happened, in order. */
  readonly events: readonly RunEvent[];
  readonly end: LiveEnd | undefined;
}

/** One second of the run, for charts. */
export interface LivePoint {
  /** When it began, seconds since the run's origin. */
  readonly second: Instant;
  readonly rates: LiveRates;
  /** Calls that ended, per second, by the code of their Outcome. */
  readonly endedBy: readonly number[];
  readonly response: LiveQuantiles;
  readonly lag: LiveQuantiles;
  readonly inFlight: number | undefined;
}
