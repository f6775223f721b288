/**
 * One device's MQTT 3.1.1 connection on a bare socket: CONNECT with the access token as user name, SUBSCRIBE to RPC requests,
 * then requests in and replies out; a device that calls itself also sends requests and receives answers. Written on sockets and
 * a packet codec rather than a client library because a fault must be able to touch each packet, and because a thousand devices
 * should cost a thousand sockets and little else.
 */
import type { EndHow } from "../../protocol/reaction.ts";
import { MILLISECOND } from "../../protocol/time.ts";
import { RPC_REQUEST_FILTER, RPC_RESPONSE_FILTER, requestTopic, V1 } from "../../protocol/topic.ts";
import type { ConnectSettings } from "../fault/device-fault.ts";
import { DeviceSocket, type DeviceSocketOwner } from "./device-socket.ts";
import { MalformedPacket } from "./malformed-packet.ts";
import { type IncomingPublish, type PacketListener, readPacket } from "./mqtt-packet-reader.ts";
import { cutPackets, type PacketReceiver } from "./mqtt-packet-stream.ts";
import {
  DISCONNECT,
  PINGREQ,
  writeConnect,
  writePuback,
  writePublish,
  writeSubscribe,
  writeUnsubscribe,
} from "./mqtt-packet-writer.ts";
import type { OutgoingReply, Session, SessionListener } from "./session.ts";
import { type ByteSink, Outlet } from "./wire-form.ts";

export interface MqttSessionOptions {
  readonly host: string;
  readonly port: number;
  readonly clientId: string;
  readonly token: string;
  /** True when the device calls the server, and so must hear its answers. */
  readonly clientCalls: boolean;
}

/** MQTT 3.1.1. */
const LEVEL = 4;
const REQUEST_PREFIX = Buffer.from(V1.requestPrefix);
const RESPONSE_PREFIX = Buffer.from(V1.responsePrefix);
const SUBSCRIBE_ID = 1;
const CONNACK_TEXT = [
  "",
  "unacceptable protocol",
  "client id rejected",
  "server unavailable",
  "bad credentials",
  "not authorized",
];

export class MqttSession implements Session, DeviceSocketOwner, PacketReceiver, PacketListener {
  readonly #options: MqttSessionOptions;
  readonly #listener: SessionListener;
  #socket: DeviceSocket | undefined;
  #settings: ConnectSettings | undefined;
  #rest: Buffer | undefined;
  #packetId = SUBSCRIBE_ID;
  #reason = "";
  #mute = false;
  #deaf = false;
  /** Only for a connection that a fault has touched. */
  #outlet: Outlet | undefined;
  /** Connections that the device has forgotten and the server has not. */
  #vanished: DeviceSocket[] | undefined;

  constructor(options: MqttSessionOptions, listener: SessionListener) {
    this.#options = options;
    this.#listener = listener;
  }

  connect(settings: ConnectSettings): void {
    if (this.#socket !== undefined) this.#forget(this.#socket);
    this.#socket = new DeviceSocket(this);
    this.#settings = settings;
    this.#rest = undefined;
    this.#outlet = undefined;
    this.#packetId = settings.firstPacketId;
    this.#reason = "closed by the server";
    this.#mute = false;
    this.#deaf = false;
    this.#socket.connect(this.#options.port, this.#options.host);
  }

  acknowledge(delivery: number): void {
    this.#write(writePuback(LEVEL, delivery));
  }

  reply({ requestId, payload, address, wire }: OutgoingReply): boolean {
    const topic = address?.topic ?? V1.responsePrefix + (address?.requestId ?? requestId);
    const retain = address?.retain ?? false;
    const packet = this.#publication(topic, payload, { qos: this.#settings?.qos ?? 0, retain });
    if (this.#socket === undefined) return false;
    if (wire === undefined) this.#write(packet);
    else {
      this.#outlet ??= new Outlet(this.#sink(this.#socket));
      this.#outlet.writeForm(packet, wire);
    }
    return true;
  }

  request(requestId: number, payload: string): boolean {
    return this.#write(this.#publication(requestTopic(requestId), payload, { qos: 1, retain: false }));
  }

  telemetry(payload: string): boolean {
    return this.#write(this.#publication(V1.telemetry, payload, { qos: this.#settings?.qos ?? 0, retain: false }));
  }

  ping(): void {
    this.#write(PINGREQ);
  }

  silence(direction: "up" | "down" | "both", on: boolean): void {
    if (direction !== "down") this.#mute = on;
    if (direction !== "up") this.#deaf = on;
  }

  reading(on: boolean): void {
    if (on) this.#socket?.resume();
    else this.#socket?.pause();
  }

  subscribe(on: boolean): void {
    const packetId = this.#nextPacketId();
    const filters = this.#filters();
    if (on) {
      const qos = this.#settings?.qos ?? 0;
      const subscriptions = filters.map((filter) => ({ filter, qos }));
      this.#write(writeSubscribe(LEVEL, packetId, subscriptions));
    } else {
      this.#write(writeUnsubscribe(LEVEL, packetId, filters));
    }
  }

  end(how: EndHow): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    this.#reason = "ended by the device";
    // What was written before still leaves.
    socket.uncork();
    if (how === "disconnect") socket.end(DISCONNECT);
    else if (how === "fin") socket.end();
    else if (how === "reset") socket.resetAndDestroy();
    else {
      this.#forget(socket);
      this.#listener.closed("vanished");
    }
    if (how === "fin" || how === "disconnect") socket.destroySoon();
  }

  dispose(): void {
    for (const socket of this.#vanished ?? []) socket.destroy();
  }

  /** Leaves a connection open and silent; it is no longer this session's. */
  #forget(socket: DeviceSocket): void {
    socket.pause();
    this.#vanished = [...(this.#vanished ?? []).filter((each) => !each.destroyed), socket];
    this.#socket = undefined;
  }

  #greet(socket: DeviceSocket, settings: ConnectSettings): void {
    if (settings.handshake === undefined) return;
    if (settings.handshake === 0) this.#sendConnect(settings);
    else {
      setTimeout(() => {
        if (this.#socket === socket) this.#sendConnect(settings);
      }, settings.handshake / MILLISECOND).unref();
    }
  }

  #sendConnect(settings: ConnectSettings): void {
    const { clientId, token } = this.#options;
    this.#write(
      writeConnect({
        level: LEVEL,
        clean: !settings.keepSession,
        clientId: settings.clientId ?? clientId,
        username: settings.token ?? token,
        keepAliveS: settings.keepAliveS,
      }),
    );
  }

  #publication(topic: string, payload: string | Uint8Array, flags: { qos: 0 | 1; retain: boolean }): Buffer {
    const packetId = flags.qos === 0 ? 0 : this.#nextPacketId();
    return writePublish(LEVEL, { topic, payload, packetId, ...flags });
  }

  /** False when there is no connection; a connection that is silent swallows the bytes. */
  #write(packet: Uint8Array): boolean {
    const socket = this.#socket;
    if (socket === undefined) return false;
    if (this.#outlet !== undefined) this.#outlet.write(packet);
    else if (!this.#mute) socket.write(packet);
    return true;
  }

  #sink(socket: DeviceSocket): ByteSink {
    return {
      write: (bytes) => {
        if (this.#socket === socket && !this.#mute) socket.write(bytes);
      },
      end: (how) => {
        if (this.#socket === socket) this.end(how);
      },
    };
  }

  /** Packet ids are 16 bits and never 0 (MQTT 3.1.1, section 2.3.1). */
  #nextPacketId(): number {
    this.#packetId = this.#packetId === 0xffff ? 1 : this.#packetId + 1;
    return this.#packetId;
  }

  #filters(): string[] {
    const requests = this.#settings?.filters ?? [RPC_REQUEST_FILTER];
    return this.#options.clientCalls ? [...requests, RPC_RESPONSE_FILTER] : [...requests];
  }

  socketConnected(socket: DeviceSocket): void {
    if (this.#socket === socket) this.#greet(socket, this.#settings as ConnectSettings);
  }

  socketReceived(socket: DeviceSocket, bytes: Buffer, length: number): void {
    if (this.#deaf || this.#socket !== socket) return;
    try {
      const rest = cutPackets(this.#rest, bytes, length, this);
      if (this.#socket === socket) this.#rest = rest;
    } catch (error) {
      if (!(error instanceof MalformedPacket)) throw error;
      this.#fail(`malformed packet: ${error.message}`);
    }
  }

  socketClosed(socket: DeviceSocket, error: NodeJS.ErrnoException | null): void {
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    this.#rest = undefined;
    this.#listener.closed(error === null ? this.#reason : (error.code ?? error.message));
  }

  packet(first: number, bytes: Buffer, start: number, end: number): boolean {
    readPacket(first, bytes, start, end, LEVEL, this);
    return this.#socket?.destroyed === false;
  }

  connack(code: number): void {
    if (code !== 0) {
      this.#fail(`refused: ${CONNACK_TEXT[code] ?? `code ${code}`}`);
      return;
    }
    const after = this.#settings?.subscribeAfter;
    const socket = this.#socket;
    this.#listener.connected();
    if (after === 0) this.subscribe(true);
    else if (after !== undefined) {
      setTimeout(() => {
        if (this.#socket === socket) this.subscribe(true);
      }, after / MILLISECOND).unref();
    }
  }

  suback(_packetId: number, codes: Buffer): void {
    const isBad = (code: number): boolean => code >= 0x80;
    // A fault may ask for filters that no server grants, beside the right one.
    const refused = this.#settings?.filters === undefined ? codes.some(isBad) : codes.every(isBad);
    if (refused) this.#fail("refused: subscription not granted");
    else this.#listener.ready();
  }

  publish(publish: IncomingPublish): void {
    const delivery = publish.qos === 1 ? publish.packetId : undefined;
    const requestId = publish.idAfter(REQUEST_PREFIX);
    if (requestId !== undefined) {
      // A reply that is ready at once leaves with the acknowledgement.
      const socket = delivery === undefined ? undefined : this.#socket;
      socket?.cork();
      this.#listener.request(requestId, publish.text, delivery);
      socket?.uncork();
      return;
    }
    if (delivery !== undefined) this.acknowledge(delivery);
    const answered = publish.idAfter(RESPONSE_PREFIX);
    if (answered !== undefined) this.#listener.answer(answered, publish.text);
  }

  puback(): void {}

  unsuback(): void {}

  pingresp(): void {}

  disconnect(): void {}

  #fail(reason: string): void {
    this.#reason = reason;
    this.#socket?.destroy();
  }
}
