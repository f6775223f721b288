/** What a caller is told: plain data for one stretch of calls, the same for every engine. */
import type { DialectName } from "../../protocol/dialect.ts";
import type { Duration, Instant } from "../../protocol/time.ts";

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

export interface CallProgress {
  readonly sent: number;
  readonly settled: number;
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
