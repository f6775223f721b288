/** What goes into a Requester and what comes out of it. */

import type { Stray } from "../outcome.ts";
import type { Duration } from "../time.ts";
import type { CallId } from "./call.ts";
import type { RpcStatus } from "./rpc-status.ts";

/** Names a device; opaque here. */
export type DeviceId = string;
/** Names one connection of a device; allocated by the transport, never reused. */
export type SessionId = number;

/** When a device's next request is sent (S10): at once, when none is unacknowledged, when none is unanswered. */
export const SUBMIT_STRATEGIES = ["burst", "on_ack", "on_response"] as const;
export type SubmitStrategy = (typeof SUBMIT_STRATEGIES)[number];

export interface CallInput {
  readonly kind: "call";
  readonly call: CallId;
  readonly device: DeviceId;
  readonly oneway: boolean;
  readonly method: string;
  /** JSON text, passed through unread. */
  readonly params: string;
  /** Effective timeout; zero or less means that it had expired before it arrived (S17). */
  readonly timeout: Duration;
  /** The caller is answered after this long at the latest, even when the timeout is longer. */
  readonly wall: Duration | undefined;
  /** Its caller has been answered already; what becomes of it is told by `status` effects instead of a settlement. */
  readonly persistent: boolean;
  /** How often it may be sent again when it is not acknowledged. */
  readonly retries: number;
}

/** A persistent Call from before a restart. */
export interface RestoreInput {
  readonly kind: "restore";
  readonly call: CallId;
  readonly device: DeviceId;
  readonly oneway: boolean;
  readonly method: string;
  readonly params: string;
  /** Time it has left. */
  readonly timeout: Duration;
  readonly retries: number;
  /** The id it had, or undefined when it has to get a new one. */
  readonly requestId: number | undefined;
  readonly status: RpcStatus;
}

export type RequesterInput =
  | CallInput
  | RestoreInput
  | {
      readonly kind: "subscribed";
      readonly device: DeviceId;
      readonly session: SessionId;
      /** Requests to it are acknowledged; without, one counts as delivered when it is handed over. */
      readonly acks: boolean;
      /** It takes one request and is no subscriber any more (a long poll). */
      readonly oneShot: boolean;
    }
  | { readonly kind: "unsubscribed" | "offline"; readonly device: DeviceId; readonly session: SessionId }
  | { readonly kind: "reply"; readonly device: DeviceId; readonly requestId: number; readonly payload: string }
  | { readonly kind: "ack"; readonly device: DeviceId; readonly requestId: number }
  | {
      /** The transport could not convert or write it (S19); `payload` is what the caller gets as the reply. */
      readonly kind: "undeliverable";
      readonly device: DeviceId;
      readonly requestId: number;
      readonly payload: string;
    }
  | { readonly kind: "cancel"; readonly call: CallId }
  | { readonly kind: "delete"; readonly call: CallId }
  | { readonly kind: "tick" };

/** How a Call ended, before any dialect turns it into a status. */
export type Settlement =
  | { readonly kind: "reply"; readonly payload: string }
  | { readonly kind: "handed_over" | "timeout" | "no_connection" | "dropped" | "wall" | "cancelled" };

export type RequesterEffect =
  | {
      readonly kind: "deliver";
      readonly call: CallId;
      readonly device: DeviceId;
      readonly session: SessionId;
      readonly requestId: number;
      readonly method: string;
      readonly params: string;
      /** An `ack` input is wanted; otherwise the acknowledgement changes nothing. */
      readonly awaitsAck: boolean;
    }
  | { readonly kind: "settle"; readonly call: CallId; readonly settlement: Settlement }
  | {
      readonly kind: "status";
      readonly call: CallId;
      readonly status: RpcStatus;
      /** Id it is known by on the wire. */
      readonly requestId: number;
      /** What the device, or this server in its place, said. */
      readonly response: string | undefined;
    }
  | { readonly kind: "close_session"; readonly device: DeviceId; readonly session: SessionId }
  | { readonly kind: "stray"; readonly device: DeviceId; readonly requestId: number; readonly stray: Stray };
