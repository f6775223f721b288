/**
 * A gateway: one MQTT connection that carries many devices (contract section 8). It connects when the first of them wants to,
 * announces each, and hands a request to the one it is for. When the connection ends, it ends for all of them.
 */
import { parseJson } from "../../protocol/message.ts";
import type { ConnectSettings } from "../fault/device-fault.ts";
import { MqttSession, type MqttSessionOptions } from "./mqtt-session.ts";

/** A device behind the gateway. */
export interface GatewayChild {
  readonly name: string;
  /** The server has heard that the device is there. */
  announced(): void;
  requested(requestId: number, payload: string, delivery: number | undefined): void;
  /** The gateway's connection is over. */
  lost(reason: string): void;
}

export const GATEWAY_TOPIC = {
  connect: "v1/gateway/connect",
  disconnect: "v1/gateway/disconnect",
  rpc: "v1/gateway/rpc",
  telemetry: "v1/gateway/telemetry",
} as const;

export class GatewayLink {
  readonly #children = new Map<string, GatewayChild>();
  /** Devices whose announcement waits for its acknowledgement, by its packet id. */
  readonly #announcing = new Map<number, GatewayChild>();
  readonly #subscribes: boolean;
  #state: "closed" | "connecting" | "open" = "closed";
  readonly session: MqttSession;

  /** `subscribes`: Tempus refuses the subscription and delivers all the same (contract 13.3). */
  constructor(options: MqttSessionOptions, subscribes: boolean) {
    this.#subscribes = subscribes;
    this.session = new MqttSession(options, {
      connected: () => {
        if (!this.#subscribes) this.#opened();
      },
      ready: () => this.#opened(),
      request: () => undefined,
      answer: () => undefined,
      message: (topic, payload, delivery) => this.#hear(topic, payload, delivery),
      acknowledged: (packetId) => this.#acknowledged(packetId),
      closed: (reason) => this.#closed(reason),
    });
  }

  /** Brings a device to the server, with the gateway itself if it is not connected. */
  join(child: GatewayChild, settings: ConnectSettings): void {
    this.#children.set(child.name, child);
    if (this.#state === "open") this.#announce(child);
    if (this.#state !== "closed") return;
    this.#state = "connecting";
    this.session.connect({
      ...settings,
      delay: 0,
      token: undefined,
      clientId: undefined,
      handshake: 0,
      subscribeAfter: this.#subscribes ? 0 : undefined,
      filters: [GATEWAY_TOPIC.rpc],
      firstPacketId: 1,
      closeAfter: 0,
    });
  }

  /** A device takes leave, or `silently` is gone for the gateway alone. */
  leave(child: GatewayChild, silently: boolean): void {
    if (this.#children.get(child.name) !== child) return;
    this.#children.delete(child.name);
    if (!silently) this.session.send(GATEWAY_TOPIC.disconnect, JSON.stringify({ device: child.name }));
  }

  /** Ends the connection, without a word to the devices. */
  close(): void {
    this.#children.clear();
    this.session.end("disconnect");
    this.session.dispose();
  }

  #opened(): void {
    this.#state = "open";
    for (const child of [...this.#children.values()]) this.#announce(child);
  }

  #announce(child: GatewayChild): void {
    const packetId = this.session.send(GATEWAY_TOPIC.connect, JSON.stringify({ device: child.name }));
    if (packetId !== undefined) this.#announcing.set(packetId, child);
  }

  #acknowledged(packetId: number): void {
    const child = this.#announcing.get(packetId);
    this.#announcing.delete(packetId);
    if (child !== undefined && this.#children.get(child.name) === child) child.announced();
  }

  /** A request for a device that is not there is taken and forgotten. */
  #hear(topic: string, payload: string, delivery: number | undefined): void {
    const request = topic === GATEWAY_TOPIC.rpc ? readGatewayRequest(payload) : undefined;
    const child = request === undefined ? undefined : this.#children.get(request.device);
    if (request !== undefined && child !== undefined) child.requested(request.id, request.payload, delivery);
    else if (delivery !== undefined) this.session.acknowledge(delivery);
  }

  #closed(reason: string): void {
    this.#state = "closed";
    this.#announcing.clear();
    const children = [...this.#children.values()];
    this.#children.clear();
    for (const child of children) child.lost(reason);
  }
}

/** `{"device":"Meter 12","data":{"id":0,"method":"readRegister","params":{}}}`; undefined when it is anything else. */
function readGatewayRequest(text: string): { device: string; id: number; payload: string } | undefined {
  const { device, data } = (parseJson(text) ?? {}) as { readonly device?: unknown; readonly data?: unknown };
  const { id } = (data ?? {}) as { readonly id?: unknown };
  if (typeof device !== "string" || typeof id !== "number") return undefined;
  return { device, id, payload: JSON.stringify(data) };
}
