/** What a Requester is told once. */
import type { Duration } from "../time.ts";
import type { Quirk } from "./quirk.ts";
import type { RequestIdAllocator } from "./request-id.ts";
import type { DeviceId, SubmitStrategy } from "./requester-io.ts";

/**
 * Whether a transport's status update of a request (SENT, DELIVERED, TIMEOUT) gets through. Each costs its device a message; one
 * beyond the device's limit is lost silently (S20). Only of a persistent Call is SENT reported.
 */
export type StatusLimit = (device: DeviceId, persistent: boolean) => boolean;

export interface RequesterOptions {
  readonly requestIds: RequestIdAllocator;
  readonly strategy: SubmitStrategy;
  /** Bound of every Call's `retries`. */
  readonly maxRetries: number;
  /** An acknowledgement is awaited this long. */
  readonly ackTimeout: Duration;
  /** Under the on-response strategy, a reply is awaited this long after the acknowledgement. */
  readonly responseTimeout: Duration;
  /** When retries are used up the connection is closed and the Call starts afresh, instead of failing. */
  readonly closeOnAckTimeout: boolean;
  readonly quirks: ReadonlySet<Quirk>;
  /** Undefined: every status update gets through. */
  readonly statusLimit: StatusLimit | undefined;
}
