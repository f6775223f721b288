/**
 * A device's connection, whatever protocol it speaks: what the fleet asks of it and what it tells. One file for each protocol
 * implements it. Effects of faults that touch bytes end here; decisions are made elsewhere.
 */
import type { Address, EndHow, Payload, WireForm } from "../../protocol/reaction.ts";
import type { ConnectSettings } from "../fault/device-fault.ts";

export interface OutgoingReply {
  readonly requestId: number;
  readonly payload: Payload;
  readonly address: Address | undefined;
  readonly wire: WireForm | undefined;
}

/** The reason a session gives when it was told to end. */
export const ENDED_BY_DEVICE = "ended by the device";

export interface Session {
  /** Makes a connection; a session that has one already leaves it to its fate. */
  connect(settings: ConnectSettings): void;
  /** Acknowledges a request, in a protocol that does so. */
  acknowledge(delivery: number): void;
  /** Sends a reply; false when there is no connection to carry it. */
  reply(reply: OutgoingReply): boolean;
  /** Sends a call of the device's own; false when there is no connection to carry it. */
  request(requestId: number, payload: string): boolean;
  /** Sends measurements; false when there is no connection to carry them. */
  telemetry(payload: string): boolean;
  /** Sends a ping, unless the last one has been waiting for its answer too long: then it ends the connection. */
  ping(): void;
  /** Nothing gets through in a direction any more, or does again; the connection stays. */
  silence(direction: "up" | "down" | "both", on: boolean): void;
  /** Stops reading from the socket, or goes on. */
  reading(on: boolean): void;
  /** Subscribes to requests, or unsubscribes. */
  subscribe(on: boolean): void;
  end(how: EndHow): void;
  /** Frees what the session still holds, such as connections that vanished. */
  dispose(): void;
}

/** What happens to a session, told to its device. */
export interface SessionListener {
  /** The server accepted the connection. */
  connected(): void;
  /** Subscribed: requests may come. */
  ready(): void;
  /** A request; `delivery` is what an acknowledgement names, undefined when none is wanted. */
  request(requestId: number, payload: string, delivery: number | undefined): void;
  /** The server answered a call of the device's own. */
  answer(requestId: number, payload: string): void;
  /** The connection is over, for whatever reason; said once per connection. */
  closed(reason: string): void;
}

/** Whom nothing of a session concerns but what it spreads over this. */
export const DEAF_LISTENER: SessionListener = {
  connected: () => undefined,
  ready: () => undefined,
  request: () => undefined,
  answer: () => undefined,
  closed: () => undefined,
};
