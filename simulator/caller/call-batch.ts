/** What a caller is told: plain data for one stretch of calls, the same for every engine. */
import type { DialectName } from "../../protocol/dialect.ts";
import type { Duration, Instant } from "../../protocol/time.ts";
import type { EndedCalls } from "./ended-calls.ts";

export interface CallBatch {
  /** Server, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly dialect: DialectName;
  /** Access token of the calling user. */
  readonly token: string;
  readonly oneway: boolean;
  /** The request body is prefix + index of the call + suffix; the index is the tail of the nonce. */
  readonly bodyPrefix: string;
  readonly bodySuffix: string;
  readonly runTag: string;
  readonly seed: string;
  /** Device ids by ordinal. */
  readonly deviceIds: readonly string[];
  /** Intended starts since the batch's origin; empty in a closed workload. */
  readonly intendedUs: Float64Array;
  /** Target device of each call; empty in a closed workload, whose targets are drawn as it goes. */
  readonly targets: Uint32Array;
  /** Index of the batch's first call in the run. */
  readonly firstCall: number;
  readonly step: number;
  /** After this long without an answer the caller gives up: a transport error, for the server broke its promise. */
  readonly clientTimeout: Duration;
  /** Connections to open before the first call. */
  readonly connections: number;
  /** Set in a closed workload: so many callers, each sending its next call when the last one ended, for so long. */
  readonly closed: { readonly callers: number; readonly duration: Duration } | undefined;
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
