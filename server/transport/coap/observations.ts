/**
 * Every observation of `.../rpc` (contract 10.1): which client's token it is, which session, and which of its notifications a
 * client still has to acknowledge.
 */
import type { IncomingMessage, ObserveWriteStream } from "coap";
import type { SessionId } from "../../../protocol/requester/requester-io.ts";
import type { LiveDriver } from "../../driver.ts";
import type { SessionRegistry } from "../session-registry.ts";
import type { EmptyMessage } from "./empty-message.ts";
import { Observation } from "./observation.ts";

export interface ObservationsOptions {
  readonly driver: Pick<LiveDriver, "acknowledged" | "undeliverable">;
  readonly sessions: SessionRegistry;
}

interface Open {
  readonly device: string;
  readonly client: string;
  readonly session: SessionId;
  /** Unanswered notifications, and the requests whose acknowledgement is awaited. */
  readonly notifications: Map<number, number | undefined>;
  readonly confirmable: boolean;
}

export class Observations {
  readonly #options: ObservationsOptions;
  /** By client and token: those two name an observation (RFC 7641, 4.1). */
  readonly #open = new Map<string, Open>();
  /** Who awaits an answer to a message of the server, by client and message id. */
  readonly #awaiting = new Map<string, string>();

  constructor(options: ObservationsOptions) {
    this.#options = options;
  }

  /** GET with Observe 0. */
  begin(request: IncomingMessage, stream: ObserveWriteStream, device: string): void {
    const key = keyOf(request);
    const { sessions, driver } = this.#options;
    // The same client's same token is the same observation, asked for again; the client must not hear that it is over.
    this.end(key);
    const confirmable = stream._request.confirmable === true;
    const observation = new Observation({
      stream,
      notified: (messageId, requestId) => this.#notified(key, messageId, requestId),
      undeliverable: (requestId, reason) => driver.undeliverable(device, requestId, reason),
      closed: () => this.#forget(key),
    });
    const session = sessions.open(device, observation);
    const open = { device, client: clientOf(request), session, notifications: new Map(), confirmable };
    this.#open.set(key, open);
    observation.accept();
    // The library ends its stream when the client rejects a notification or has not acknowledged the last repetition of one.
    stream.on("finish", () => {
      if (this.#open.get(key) === open) this.end(key);
    });
    sessions.subscribed(session, { acks: confirmable, oneShot: false });
  }

  /** GET with Observe 1. */
  cancel(request: IncomingMessage): void {
    this.end(keyOf(request));
  }

  /** A client answered a message of the server. */
  hear(client: string, { kind, messageId }: EmptyMessage): void {
    const message = messageKey(client, messageId);
    const key = this.#awaiting.get(message);
    const open = key === undefined ? undefined : this.#open.get(key);
    if (key === undefined || open === undefined) return;
    const requestId = open.notifications.get(messageId);
    open.notifications.delete(messageId);
    this.#awaiting.delete(message);
    if (kind === "reset") this.end(key);
    else if (requestId !== undefined) this.#options.driver.acknowledged(open.device, requestId);
  }

  end(key: string): void {
    const open = this.#forget(key);
    if (open !== undefined) this.#options.sessions.ended(open.session);
  }

  #forget(key: string): Open | undefined {
    const open = this.#open.get(key);
    if (open === undefined) return undefined;
    this.#open.delete(key);
    for (const messageId of open.notifications.keys()) this.#awaiting.delete(messageKey(open.client, messageId));
    return open;
  }

  #notified(key: string, messageId: number, requestId: number | undefined): void {
    const open = this.#open.get(key);
    if (open === undefined) return;
    if (!open.confirmable) {
      // Nobody acknowledges these; the last one can still be rejected.
      for (const older of open.notifications.keys()) this.#awaiting.delete(messageKey(open.client, older));
      open.notifications.clear();
    }
    open.notifications.set(messageId, requestId);
    this.#awaiting.set(messageKey(open.client, messageId), key);
  }
}

export function clientName(address: string, port: number): string {
  return `${address}:${port}`;
}

function clientOf({ rsinfo }: IncomingMessage): string {
  return clientName(rsinfo.address, rsinfo.port);
}

function keyOf(request: IncomingMessage): string {
  return `${clientOf(request)}/${request._packet.token?.toString("hex")}`;
}

function messageKey(client: string, messageId: number): string {
  return `${client}/${messageId}`;
}
