/**
 * One device behind a gateway (contract section 8): it connects and leaves by messages of the gateway, and its replies name it.
 *
 * What it has not: credentials, subscriptions and pings of its own (its first device pings for the gateway), a socket to end or
 * not to read, and calls to the server, whose answers a gateway drops (contract 8.2). However its connection ends, the server
 * is told with `v1/gateway/disconnect`; one that vanishes is gone without it.
 */
import type { EndHow } from "../../protocol/reaction.ts";
import { MILLISECOND } from "../../protocol/time.ts";
import type { ConnectSettings } from "../fault/device-fault.ts";
import { GATEWAY_TOPIC, type GatewayChild, type GatewayLink } from "./gateway-link.ts";
import { ENDED_BY_DEVICE, type OutgoingReply, type Session, type SessionListener } from "./session.ts";

export interface GatewaySessionOptions {
  readonly link: GatewayLink;
  /** What the gateway calls the device. */
  readonly name: string;
  /** The one device whose pings are the gateway's. */
  readonly pings: boolean;
}

export class GatewaySession implements Session, GatewayChild {
  readonly name: string;
  readonly #link: GatewayLink;
  readonly #pings: boolean;
  readonly #listener: SessionListener;
  #isOpen = false;
  #mute = false;
  #deaf = false;
  #unread = false;
  #subscribed = true;

  constructor({ link, name, pings }: GatewaySessionOptions, listener: SessionListener) {
    this.name = name;
    this.#link = link;
    this.#pings = pings;
    this.#listener = listener;
  }

  connect(settings: ConnectSettings): void {
    this.#isOpen = true;
    this.#mute = false;
    this.#deaf = false;
    this.#unread = false;
    this.#subscribed = true;
    if (settings.handshake === 0) this.#link.join(this, settings);
    else if (settings.handshake !== undefined) {
      setTimeout(() => {
        if (this.#isOpen) this.#link.join(this, settings);
      }, settings.handshake / MILLISECOND).unref();
    }
  }

  acknowledge(delivery: number): void {
    if (!this.#mute) this.#link.session.acknowledge(delivery);
  }

  reply({ requestId, payload, address, wire }: OutgoingReply): boolean {
    if (!this.#isOpen) return false;
    if (this.#mute) return true;
    const head = `{"device":${JSON.stringify(this.name)},"id":${address?.requestId ?? requestId},"data":`;
    const whole = typeof payload === "string" ? `${head}${payload}}` : Buffer.concat([Buffer.from(head), payload, END]);
    const form = { retain: address?.retain ?? false, wire };
    return this.#link.session.publishReply(address?.topic ?? GATEWAY_TOPIC.rpc, whole, form);
  }

  request(): boolean {
    return false;
  }

  telemetry(payload: string): boolean {
    if (!this.#isOpen) return false;
    if (this.#mute) return true;
    const text = `{${JSON.stringify(this.name)}:[{"ts":${Date.now()},"values":${payload}}]}`;
    return this.#link.session.send(GATEWAY_TOPIC.telemetry, text) !== undefined;
  }

  ping(): void {
    if (this.#pings) this.#link.session.ping();
  }

  silence(direction: "up" | "down" | "both", on: boolean): void {
    if (direction !== "down") this.#mute = on;
    if (direction !== "up") this.#deaf = on;
  }

  reading(on: boolean): void {
    this.#unread = !on;
  }

  subscribe(on: boolean): void {
    this.#subscribed = on;
  }

  end(how: EndHow): void {
    if (!this.#isOpen) return;
    this.#link.leave(this, how === "vanish" || this.#mute);
    this.lost(how === "vanish" ? "vanished" : ENDED_BY_DEVICE);
  }

  dispose(): void {}

  /** From the link. */
  announced(): void {
    this.#listener.connected();
    this.#listener.ready();
  }

  /** From the link. */
  requested(requestId: number, payload: string, delivery: number | undefined): void {
    if (this.#deaf || this.#unread || !this.#subscribed) return;
    this.#listener.request(requestId, payload, delivery);
  }

  /** From the link. */
  lost(reason: string): void {
    this.#isOpen = false;
    this.#listener.closed(reason);
  }
}

const END = Buffer.from("}");
