/** What a caller is told: plain data for one stretch of calls, the same for every engine. */
import type { CallBody } from "../../protocol/call-body.ts";
import type { DialectName } from "../../protocol/dialect.ts";
import type { Duration, Instant } from "../../protocol/time.ts";
import type { EndedCalls } from "./ended-calls.ts";

/** Calls that are alike. */
export interface CallKind {
  readonly oneway: boolean;
  /** The answer is the id of a record, which is asked for until it is final. */
  readonly persistent: boolean;
  readonly body: CallBody;
  /** After this long without an answer the caller gives up: a transport error, for the server broke its promise. */
  readonly clientTimeout: Duration;
}

/** What callers do beside calling; texts, for the caller's thread reads them itself. */
export interface CallerHabits {
  /** See abort-form.ts. */
  readonly abort: string | undefined;
  /** See retry-form.ts. */
  readonly retry: string | undefined;
  /** From one look at a persistent call's record to the next. */
  readonly pollInterval: Duration;
}

/** Two-way calls whose body is this, the index and the end of the params. */
export function plainKind(prefix: string, clientTimeout: Duration): CallKind {
  return { oneway: false, persistent: false, body: { prefix, suffix: '"}}', padding: "" }, clientTimeout };
}

export const PLAIN_HABITS: CallerHabits = { abort: undefined, retry: undefined, pollInterval: 50_000 };

export interface CallBatch {
  /** Server, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly dialect: DialectName;
  /** Access token of the calling user. */
  readonly token: string;
  readonly kinds: readonly CallKind[];
  readonly habits: CallerHabits;
  /** Eight hexadecimal digits. */
  readonly runTag: string;
  readonly seed: string;
  /** Device ids by ordinal. */
  readonly deviceIds: readonly string[];
  /** Intended starts since the batch's origin; empty in a closed workload. */
  readonly intendedUs: Float64Array;
  /** Target device of each call. A closed workload, which has no such number of calls, begins again after the last. */
  readonly targets: Uint32Array;
  /** Which of `kinds` each call is, as long as `targets`. */
  readonly kindOf: Uint8Array;
  /** Index of the batch's first call in the run. */
  readonly firstCall: number;
  readonly step: number;
  /** Connections to open before the first call. */
  readonly connections: number;
  /** Set in a closed workload. */
  readonly closed: ClosedLoop | undefined;
}

/** So many callers, each sending its next call when the last one has ended and it has thought, for so long. */
interface ClosedLoop {
  readonly callers: number;
  readonly duration: Duration;
  /** How long a caller thinks: a latency form; undefined: not at all. */
  readonly think: string | undefined;
}

/** What a caller tells of a batch while it runs, a few times a second and once more at its end. */
export interface CallProgress {
  /** When this was so, since the batch's origin. */
  readonly at: Instant;
  /** Calls that were to start by then; in a closed workload, which has no plan, those that did. */
  readonly due: number;
  /** Calls that were sent; undefined when the engine tells of a call only when it has ended. */
  readonly sent: number | undefined;
  readonly settled: number;
  /** The calls that ended since the message before. All messages of a batch together have each call once; those of k6, each with a line. */
  readonly ended: EndedCalls;
  /** Share of the time since the message before in which the caller's thread was not waiting; undefined when it is no thread of ours. */
  readonly busy: number | undefined;
}

/** A started caller of any engine. */
export interface RunningCaller {
  /** Resolves when it could send at once. */
  readonly ready: Promise<void>;
  /** Begins; resolves with the batch's origin on the monotonic axis. */
  start(): Promise<Instant>;
  /** Sends nothing more and gives up what is in flight. */
  stop(): void;
}
