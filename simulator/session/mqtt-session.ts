/**
 * One device's MQTT connection (3.1, 3.1.1 or 5): CONNECT with the access token as user name, SUBSCRIBE to RPC requests,
 * then requests in and replies out; a device that calls itself also sends requests and receives answers. Written on sockets and
 * a packet codec rather than a client library because a fault must be able to touch each packet, and because a thousand devices
 * should cost a thousand sockets and little else.
 */
import type { EndHow, WireForm } from "../../protocol/reaction.ts";
import type { Instant } from "../../protocol/time.ts";
import { monotonicNow } from "../clock.ts";
import type { ConnectSettings } from "../fault/device-fault.ts";
import { refusalText } from "./connack-text.ts";
import { connectPacket } from "./connect-packet.ts";
import { MqttLink, type MqttLinkOptions, type MqttLinkOwner } from "./mqtt-link.ts";
import { type IncomingPublish, type PacketListener, readPacket } from "./mqtt-packet-reader.ts";
import type { ProtocolLevel } from "./mqtt-packet-type.ts";
import { PINGREQ, writePuback, writePublish, writeSubscribe, writeUnsubscribe } from "./mqtt-packet-writer.ts";
import { ENDED_BY_DEVICE, type OutgoingReply, type Session, type SessionListener } from "./session.ts";
import { TOPICS_V1, type TopicDialect } from "./topic-dialect.ts";

/** What CONNECT says of a device. */
export interface MqttIdentity {
  readonly clientId: string;
  readonly token: string;
  /** User name and password instead of the token. */
  readonly login?: { readonly username: string | undefined; readonly password: string | undefined } | undefined;
}

/** What devices that connect alike have in common: one record for all of them, since each has its session for as long as it lives. */
export interface MqttSessionOptions extends MqttLinkOptions {
  /** Asked for each connection anew rather than kept. */
  readonly identify: (ordinal: number, clientIdSuffix: string) => MqttIdentity;
  /** 4, MQTT 3.1.1, unless it is said. */
  readonly level?: ProtocolLevel;
  /** Topics and payloads; those of v1 unless it is said. */
  readonly topics?: TopicDialect;
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

export class MqttSession implements Session, MqttLinkOwner, PacketListener {
  readonly #options: MqttSessionOptions;
  readonly #listener: MqttListener;
  readonly #ordinal: number;
  readonly #clientIdSuffix: string;
  readonly #link: MqttLink;
  #settings: ConnectSettings | undefined;
  #packetId = SUBSCRIBE_ID;
  /** When to give up on the pings that wait for an answer; undefined when none does. */
  #pingOverdueAt: Instant | undefined;

  /** `ordinal` and `clientIdSuffix` are for `identify`. */
  constructor(options: MqttSessionOptions, listener: MqttListener, ordinal = 0, clientIdSuffix = "") {
    this.#options = options;
    this.#link = new MqttLink(options, this);
    this.#listener = listener;
    this.#ordinal = ordinal;
    this.#clientIdSuffix = clientIdSuffix;
  }

  get #level(): ProtocolLevel {
    return this.#options.level ?? 4;
  }

  get #topics(): TopicDialect {
    return this.#options.topics ?? TOPICS_V1;
  }

  connect(settings: ConnectSettings): void {
    this.#settings = settings;
    this.#packetId = settings.firstPacketId;
    this.#pingOverdueAt = undefined;
    this.#link.open(settings);
  }

  acknowledge(delivery: number): void {
    this.#link.write(writePuback(this.#level, delivery));
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
    if (!this.#link.greeted) return false;
    const packet = this.#publication(topic, payload, { qos: this.#settings?.qos ?? 0, retain });
    return wire === undefined ? this.#link.write(packet) : this.#link.writeForm(packet, wire);
  }

  request(requestId: number, payload: string): boolean {
    const topic = this.#topics.requestPrefix + requestId;
    return this.#link.write(this.#publication(topic, this.#topics.encodeRequest(payload), { qos: 1, retain: false }));
  }

  telemetry(payload: string): boolean {
    const flags = { qos: this.#settings?.qos ?? 0, retain: false };
    return this.#link.write(this.#publication(this.#topics.telemetry, payload, flags));
  }

  /** Publishes at quality of service 1; the packet id that will be acknowledged, or undefined without a connection. */
  send(topic: string, payload: string): number | undefined {
    const packet = this.#publication(topic, payload, { qos: 1, retain: false });
    return this.#link.write(packet) ? this.#packetId : undefined;
  }

  /** Without PINGRESP in reasonable time a client should close the connection (MQTT 3.1.1, section 3.1.2.10). */
  ping(): void {
    const now = monotonicNow();
    const overdue = this.#pingOverdueAt !== undefined && now > this.#pingOverdueAt;
    if (overdue && !this.#link.paused) this.#link.finish("fin", "no PINGRESP");
    else if (this.#link.write(PINGREQ)) this.#pingOverdueAt ??= now + (this.#settings as ConnectSettings).patience;
  }

  silence(direction: "up" | "down" | "both", on: boolean): void {
    this.#link.silence(direction, on);
  }

  reading(on: boolean): void {
    if (on) this.#pingOverdueAt = undefined;
    this.#link.reading(on);
  }

  subscribe(on: boolean): void {
    const [packetId, filters] = [this.#nextPacketId(), this.#filters()];
    if (on) {
      const qos = this.#settings?.qos ?? 0;
      const subscriptions = filters.map((filter) => ({ filter, qos }));
      this.#link.write(writeSubscribe(this.#level, packetId, subscriptions));
    } else {
      this.#link.write(writeUnsubscribe(this.#level, packetId, filters));
    }
  }

  end(how: EndHow): void {
    this.#link.finish(how, ENDED_BY_DEVICE);
  }

  dispose(): void {
    this.#link.dispose();
  }

  #publication(topic: string, payload: string | Uint8Array, flags: { qos: 0 | 1; retain: boolean }): Buffer {
    const packetId = flags.qos === 0 ? 0 : this.#nextPacketId();
    return writePublish(this.#level, { topic, payload, packetId, ...flags });
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

  /** From the link. */
  linkReady(): void {
    const identity = this.#options.identify(this.#ordinal, this.#clientIdSuffix);
    this.#link.write(connectPacket(this.#level, identity, this.#settings as ConnectSettings));
  }

  /** From the link. */
  linkPacket(first: number, bytes: Buffer, start: number, end: number): void {
    readPacket(first, bytes, start, end, this.#level, this);
  }

  /** From the link. */
  linkClosed(reason: string): void {
    this.#listener.closed(reason);
  }

  connack(code: number): void {
    if (code !== 0) {
      this.#link.fail(refusalText(code));
      return;
    }
    const after = this.#settings?.subscribeAfter;
    const { carrier } = this.#link;
    this.#listener.connected();
    if (after !== undefined) this.#link.later(carrier, after, () => this.subscribe(true));
  }

  suback(_packetId: number, codes: Buffer): void {
    const isBad = (code: number): boolean => code >= 0x80;
    // A fault may ask for filters that no server grants, beside the right one.
    const refused = this.#settings?.filters === undefined ? codes.some(isBad) : codes.every(isBad);
    if (refused && this.#settings?.ignoresRefusal !== true) this.#link.fail("refused: subscription not granted");
    else this.#listener.ready();
  }

  publish(publish: IncomingPublish): void {
    const delivery = publish.qos === 1 ? publish.packetId : undefined;
    const requestId = publish.idAfter(this.#topics.requestBytes);
    if (requestId !== undefined) {
      // A reply that is ready at once leaves with the acknowledgement.
      const carrier = delivery === undefined ? undefined : this.#link.carrier;
      carrier?.cork();
      this.#listener.request(requestId, this.#topics.decodeRequest(publish), delivery);
      carrier?.uncork();
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
    this.#pingOverdueAt = undefined;
  }

  /** MQTT 5: the server says why it will close (3.14). */
  disconnect(code: number): void {
    this.#link.blame(`closed by the server: code 0x${code.toString(16)}`);
  }
}
