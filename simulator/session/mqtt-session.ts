/**
 * One device's MQTT connection (3.1, 3.1.1 or 5): CONNECT with the access token as user name, SUBSCRIBE to RPC requests,
 * then requests in and replies out; a device that calls itself also sends requests and receives answers. Written on sockets and
 * a packet codec rather than a client library because a fault must be able to touch each packet, and because a thousand devices
 * should cost a thousand sockets and little else.
 */
import type { EndHow, WireForm } from "../../protocol/reaction.ts";
import { type Duration, MILLISECOND } from "../../protocol/time.ts";
import { monotonicNow } from "../clock.ts";
import type { ConnectSettings } from "../fault/device-fault.ts";
import type { Carrier, CarrierOwner, OpenCarrier } from "./carrier.ts";
import { refusalText } from "./connack-text.ts";
import { connectPacket } from "./connect-packet.ts";
import { closeSocket, LeftSockets } from "./left-sockets.ts";
import { MalformedPacket } from "./malformed-packet.ts";
import { type IncomingPublish, type PacketListener, readPacket } from "./mqtt-packet-reader.ts";
import { cutPackets, type PacketReceiver } from "./mqtt-packet-stream.ts";
import type { ProtocolLevel } from "./mqtt-packet-type.ts";
import {
  DISCONNECT,
  PINGREQ,
  writePuback,
  writePublish,
  writeSubscribe,
  writeUnsubscribe,
} from "./mqtt-packet-writer.ts";
import { ENDED_BY_DEVICE, type OutgoingReply, type Session, type SessionListener } from "./session.ts";
import { openTcp } from "./tcp-carrier.ts";
import { TOPICS_V1, type TopicDialect } from "./topic-dialect.ts";
import { type ByteSink, Outlet } from "./wire-form.ts";

export interface MqttSessionOptions {
  readonly host: string;
  readonly port: number;
  readonly clientId: string;
  readonly token: string;
  /** User name and password instead of the token. */
  readonly login?: { readonly username: string | undefined; readonly password: string | undefined } | undefined;
  /** 4, MQTT 3.1.1, unless it is said. */
  readonly level?: ProtocolLevel;
  /** Topics and payloads; those of v1 unless it is said. */
  readonly topics?: TopicDialect;
  /** What carries the bytes; TCP unless it is said. */
  readonly carry?: OpenCarrier;
  /** True when the device calls the server, and so must hear its answers. */
  readonly clientCalls: boolean;
}

/** What a session tells whoever asks for more than a device's requests. */
export interface MqttListener extends SessionListener {
  /** A message that is no request and no answer; `delivery` as with a request. */
  message?(topic: string, payload: string, delivery: number | undefined): void;
  /** The server acknowledged a message of ours. */
  acknowledged?(packetId: number): void;
}

const SUBSCRIBE_ID = 1;

export class MqttSession implements Session, CarrierOwner, PacketReceiver, PacketListener {
  readonly #options: MqttSessionOptions;
  readonly #listener: MqttListener;
  readonly #level: ProtocolLevel;
  readonly #topics: TopicDialect;
  #socket: Carrier | undefined;
  #settings: ConnectSettings | undefined;
  #rest: Buffer | undefined;
  #packetId = SUBSCRIBE_ID;
  #reason = "";
  #mute = false;
  #deaf = false;
  /** Only for a connection that a fault has touched. */
  #outlet: Outlet | undefined;
  /** CONNECT was sent: before it nothing else may be (MQTT-3.1.0-1). */
  #greeted = false;
  #paused = false;
  /** When to give up on the pings that wait for an answer. */
  #pingOverdueAt = Number.POSITIVE_INFINITY;
  /** Connections that the device is done with and the server is not. */
  readonly #left = new LeftSockets();

  constructor(options: MqttSessionOptions, listener: MqttListener) {
    this.#options = options;
    this.#level = options.level ?? 4;
    this.#topics = options.topics ?? TOPICS_V1;
    this.#listener = listener;
  }

  connect(settings: ConnectSettings): void {
    if (this.#socket !== undefined) this.#left.keep(this.#socket);
    this.#settings = settings;
    this.#rest = undefined;
    this.#outlet = undefined;
    this.#packetId = settings.firstPacketId;
    this.#reason = "closed by the server";
    this.#mute = false;
    this.#deaf = false;
    this.#greeted = false;
    this.#paused = false;
    this.#pingOverdueAt = Number.POSITIVE_INFINITY;
    const { host, port, carry = openTcp } = this.#options;
    this.#socket = carry({ host, port }, this);
  }

  acknowledge(delivery: number): void {
    this.#write(writePuback(this.#level, delivery));
  }

  reply({ requestId, payload, address, wire }: OutgoingReply): boolean {
    const topic = address?.topic ?? this.#topics.responsePrefix + (address?.requestId ?? requestId);
    return this.publishReply(topic, this.#topics.encodeReply(payload), { retain: address?.retain ?? false, wire });
  }

  /** Publishes a reply on a topic of its own; false when there is no connection to carry it. */
  publishReply(
    topic: string,
    payload: string | Uint8Array,
    { retain, wire }: { readonly retain: boolean; readonly wire: WireForm | undefined },
  ): boolean {
    if (this.#socket === undefined || !this.#greeted) return false;
    const packet = this.#publication(topic, payload, { qos: this.#settings?.qos ?? 0, retain });
    if (wire === undefined) this.#write(packet);
    else {
      this.#outlet ??= new Outlet(this.#sink(this.#socket));
      this.#outlet.writeForm(packet, wire);
    }
    return true;
  }

  request(requestId: number, payload: string): boolean {
    const topic = this.#topics.requestPrefix + requestId;
    return this.#write(this.#publication(topic, this.#topics.encodeRequest(payload), { qos: 1, retain: false }));
  }

  telemetry(payload: string): boolean {
    const flags = { qos: this.#settings?.qos ?? 0, retain: false };
    return this.#write(this.#publication(this.#topics.telemetry, payload, flags));
  }

  /** Publishes at quality of service 1; the packet id that will be acknowledged, or undefined without a connection. */
  send(topic: string, payload: string): number | undefined {
    const packet = this.#publication(topic, payload, { qos: 1, retain: false });
    return this.#write(packet) ? this.#packetId : undefined;
  }

  /** Without PINGRESP in reasonable time a client should close the connection (MQTT 3.1.1, section 3.1.2.10). */
  ping(): void {
    const now = monotonicNow();
    if (now > this.#pingOverdueAt && !this.#paused) this.#finish("fin", "no PINGRESP");
    else if (this.#write(PINGREQ)) {
      this.#pingOverdueAt = Math.min(this.#pingOverdueAt, now + (this.#settings as ConnectSettings).patience);
    }
  }

  silence(direction: "up" | "down" | "both", on: boolean): void {
    if (direction !== "down") this.#mute = on;
    if (direction !== "up") this.#deaf = on;
    if (!this.#deaf && this.#socket?.closed === true) this.#ended();
  }

  reading(on: boolean): void {
    this.#paused = !on;
    if (on) {
      this.#pingOverdueAt = Number.POSITIVE_INFINITY;
      this.#socket?.resume();
    } else this.#socket?.pause();
  }

  subscribe(on: boolean): void {
    const [packetId, filters] = [this.#nextPacketId(), this.#filters()];
    if (on) {
      const qos = this.#settings?.qos ?? 0;
      const subscriptions = filters.map((filter) => ({ filter, qos }));
      this.#write(writeSubscribe(this.#level, packetId, subscriptions));
    } else {
      this.#write(writeUnsubscribe(this.#level, packetId, filters));
    }
  }

  end(how: EndHow): void {
    this.#finish(how, ENDED_BY_DEVICE);
  }

  dispose(): void {
    this.#left.dispose();
  }

  #finish(how: EndHow, reason: string): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    this.#reason = reason;
    // What was written before still leaves.
    socket.uncork();
    const after = this.#settings?.closeAfter ?? 0;
    // Through a silent connection no ending is heard, and a closed one has nobody to tell.
    if (how === "vanish" || this.#mute || socket.closed) this.#left.forget(socket);
    else if (after > 0) this.#left.closeLater(socket, { how, packet: DISCONNECT }, after);
    else {
      closeSocket(socket, { how, packet: DISCONNECT });
      return;
    }
    this.#ended();
  }

  #ended(): void {
    this.#socket = undefined;
    this.#listener.closed(this.#reason);
  }

  /** Does something after a while, at once for 0, unless the connection has ended by then. */
  #later(socket: Carrier | undefined, after: Duration, act: () => void): void {
    if (after === 0) act();
    else setTimeout(() => this.#socket === socket && act(), after / MILLISECOND).unref();
  }

  #publication(topic: string, payload: string | Uint8Array, flags: { qos: 0 | 1; retain: boolean }): Buffer {
    const packetId = flags.qos === 0 ? 0 : this.#nextPacketId();
    return writePublish(this.#level, { topic, payload, packetId, ...flags });
  }

  /** False when there is no connection; a connection that is silent swallows the bytes. */
  #write(packet: Uint8Array): boolean {
    const socket = this.#socket;
    if (socket === undefined || !this.#greeted) return false;
    if (this.#outlet !== undefined) this.#outlet.write(packet);
    else if (!this.#mute) socket.write(packet);
    return true;
  }

  #sink(socket: Carrier): ByteSink {
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
    const { requestPrefix, responsePrefix } = this.#topics;
    const requests = this.#settings?.filters ?? [`${requestPrefix}+`];
    return this.#options.clientCalls ? [...requests, `${responsePrefix}+`] : [...requests];
  }

  socketConnected(socket: Carrier): void {
    const settings = this.#settings as ConnectSettings;
    if (this.#socket !== socket || settings.handshake === undefined) return;
    this.#later(socket, settings.handshake, () => {
      this.#greeted = true;
      this.#write(connectPacket(this.#level, this.#options, settings));
    });
  }

  socketReceived(socket: Carrier, bytes: Buffer, length: number): void {
    if (this.#socket !== socket) return;
    try {
      const rest = cutPackets(this.#rest, bytes, length, this);
      if (this.#socket === socket) this.#rest = rest;
    } catch (error) {
      if (!(error instanceof MalformedPacket)) throw error;
      this.#fail(`malformed packet: ${error.message}`);
    }
  }

  socketClosed(socket: Carrier, error: NodeJS.ErrnoException | null): void {
    if (this.#socket !== socket) return;
    if (error !== null) this.#reason = error.code ?? error.message;
    this.#rest = undefined;
    // Who hears nothing does not hear the end either.
    if (!this.#deaf) this.#ended();
  }

  packet(first: number, bytes: Buffer, start: number, end: number): boolean {
    if (this.#deaf) return true;
    readPacket(first, bytes, start, end, this.#level, this);
    return this.#socket?.destroyed === false;
  }

  connack(code: number): void {
    if (code !== 0) {
      this.#fail(refusalText(code));
      return;
    }
    const after = this.#settings?.subscribeAfter;
    const socket = this.#socket;
    this.#listener.connected();
    if (after !== undefined) this.#later(socket, after, () => this.subscribe(true));
  }

  suback(_packetId: number, codes: Buffer): void {
    const isBad = (code: number): boolean => code >= 0x80;
    // A fault may ask for filters that no server grants, beside the right one.
    const refused = this.#settings?.filters === undefined ? codes.some(isBad) : codes.every(isBad);
    if (refused && this.#settings?.ignoresRefusal !== true) this.#fail("refused: subscription not granted");
    else this.#listener.ready();
  }

  publish(publish: IncomingPublish): void {
    const delivery = publish.qos === 1 ? publish.packetId : undefined;
    const requestId = publish.idAfter(this.#topics.requestBytes);
    if (requestId !== undefined) {
      // A reply that is ready at once leaves with the acknowledgement.
      const socket = delivery === undefined ? undefined : this.#socket;
      socket?.cork();
      this.#listener.request(requestId, this.#topics.decodeRequest(publish), delivery);
      socket?.uncork();
      return;
    }
    const answered = publish.idAfter(this.#topics.responseBytes);
    if (answered === undefined && this.#listener.message !== undefined) {
      this.#listener.message(publish.topic, publish.text, delivery);
      return;
    }
    if (delivery !== undefined) this.acknowledge(delivery);
    if (answered !== undefined) this.#listener.answer(answered, this.#topics.decodeAnswer(publish));
  }

  puback(packetId: number): void {
    this.#listener.acknowledged?.(packetId);
  }

  unsuback(): void {}

  pingresp(): void {
    this.#pingOverdueAt = Number.POSITIVE_INFINITY;
  }

  /** MQTT 5: the server says why it will close (3.14). */
  disconnect(code: number): void {
    this.#reason = `closed by the server: code 0x${code.toString(16)}`;
  }

  #fail(reason: string): void {
    this.#reason = reason;
    this.#socket?.destroy();
  }
}
