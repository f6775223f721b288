/**
 * Every live connection of every device, whatever it speaks. One device has one connection (contract 6.2: a newer one closes the
 * older one), or any number in Tempus (S8); a gateway's sub-device counts like a device. Transports open and close sessions here;
 * the Requester hears of them through it, and its requests find their connection in it.
 */
import type { SessionId } from "../../protocol/requester/requester-io.ts";
import type { DeliverEffect, LiveDriver } from "../driver.ts";

/**
 * Why the server ends a connection: a newer one of the same device; the owner's doing (credentials changed, device deleted, a
 * request not acknowledged); the server stops.
 */
export type CloseReason = "taken_over" | "administrative" | "shutting_down";

/** What a transport offers for one connection. Neither may throw. */
export interface DeviceLink {
  /** The gateway that its device is behind. */
  readonly gateway?: string;
  /** Hands over one request. A connection that is already gone swallows it, as a half-open one does (contract S3). */
  deliver(request: DeliverEffect): void;
  /** Ends the connection; the session has ended already. */
  close(reason: CloseReason): void;
  /** Takes shared attributes that were set, as JSON text, if the device subscribed to them. Absent: not a way to tell it. */
  pushAttributes?(json: string): void;
}

interface Session {
  readonly device: string;
  readonly link: DeviceLink;
}

type SessionEvents = Pick<LiveDriver, "subscribed" | "left">;

export class SessionRegistry {
  readonly #sessions = new Map<SessionId, Session>();
  readonly #ofDevice = new Map<string, readonly SessionId[]>();
  readonly #onePerDevice: boolean;
  readonly #events: SessionEvents;
  #next: SessionId = 1;

  constructor(onePerDevice: boolean, events: SessionEvents) {
    this.#onePerDevice = onePerDevice;
    this.#events = events;
  }

  /** Open sessions. */
  get size(): number {
    return this.#sessions.size;
  }

  /** The gateway through which a device is connected. */
  gatewayOf(device: string): string | undefined {
    const [id] = this.#ofDevice.get(device) ?? [];
    return id === undefined ? undefined : this.#sessions.get(id)?.link.gateway;
  }

  isConnected(device: string): boolean {
    return this.#ofDevice.has(device);
  }

  /** A connection was authenticated as the device's. It gets no requests before `subscribed`. */
  open(device: string, link: DeviceLink): SessionId {
    if (this.#onePerDevice) this.closeDevice(device, "taken_over");
    const id = this.#next++;
    this.#sessions.set(id, { device, link });
    const others = this.#ofDevice.get(device);
    this.#ofDevice.set(device, others === undefined ? [id] : [...others, id]);
    return id;
  }

  /** Its device wants requests on it. `acks`: it acknowledges each; `oneShot`: it takes one only. */
  subscribed(id: SessionId, manner: { readonly acks: boolean; readonly oneShot: boolean }): void {
    const session = this.#sessions.get(id);
    if (session !== undefined) this.#events.subscribed(session.device, id, manner);
  }

  unsubscribed(id: SessionId): void {
    const session = this.#sessions.get(id);
    if (session !== undefined) this.#events.left("unsubscribed", session.device, id);
  }

  /** The connection is over, whoever ended it. May be said again. */
  ended(id: SessionId): void {
    const session = this.#sessions.get(id);
    if (session === undefined) return;
    this.#sessions.delete(id);
    const { device } = session;
    const rest = (this.#ofDevice.get(device) ?? []).filter((other) => other !== id);
    if (rest.length === 0) this.#ofDevice.delete(device);
    else this.#ofDevice.set(device, rest);
    this.#events.left("offline", device, id);
  }

  deliver(request: DeliverEffect): void {
    this.#sessions.get(request.session)?.link.deliver(request);
  }

  /** To every connection of a device that can be told. */
  pushAttributes(device: string, json: string): void {
    for (const id of this.#ofDevice.get(device) ?? []) this.#sessions.get(id)?.link.pushAttributes?.(json);
  }

  close(id: SessionId, reason: CloseReason): void {
    const session = this.#sessions.get(id);
    if (session === undefined) return;
    this.ended(id);
    session.link.close(reason);
  }

  /** Ends every connection of a device. */
  closeDevice(device: string, reason: CloseReason): void {
    for (const id of this.#ofDevice.get(device) ?? []) this.close(id, reason);
  }

  closeAll(reason: CloseReason): void {
    for (const id of [...this.#sessions.keys()]) this.close(id, reason);
  }
}
