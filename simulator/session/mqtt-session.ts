/**
 * One device's MQTT 3.1.1 connection on a bare socket: CONNECT with the access token as user name, SUBSCRIBE to RPC requests,
 * then requests in and replies out; a device that calls itself also sends requests and receives answers. Written on sockets and
 * a packet codec rather than a client library because a fault must be able to touch each packet, and because a thousand devices
 * should cost a thousand sockets and little else.
 */
import { Socket } from "node:net";
import { generate, type IPublishPacket, type Packet, parser } from "mqtt-packet";
import type { EndHow } from "../../protocol/reaction.ts";
import { MILLISECOND } from "../../protocol/time.ts";
import {
  RPC_REQUEST_FILTER,
  RPC_RESPONSE_FILTER,
  readServerRequest,
  readServerResponse,
  requestTopic,
  V1,
} from "../../protocol/topic.ts";
import type { ConnectSettings } from "../fault/device-fault.ts";
import { cutFrames } from "./packet-framer.ts";
import type { OutgoingReply, Session, SessionListener } from "./session.ts";
import { type ByteSink, HeldBytes, writeForm } from "./wire-form.ts";

export interface MqttSessionOptions {
  readonly host: string;
  readonly port: number;
  readonly clientId: string;
  readonly token: string;
  /** True when the device calls the server, and so must hear its answers. */
  readonly clientCalls: boolean;
}

// Whole packets only (see cutFrames), so one parser keeps no state between packets and serves all sessions of this thread.
let decoded: Packet | undefined;
const decoder = parser({ protocolVersion: 4 });
decoder.on("packet", (packet) => {
  decoded = packet;
});
decoder.on("error", (error) => {
  throw error;
});

const PINGREQ = generate({ cmd: "pingreq" });
const SUBSCRIBE_ID = 1;
const CONNACK_TEXT = [
  "",
  "unacceptable protocol",
  "client id rejected",
  "server unavailable",
  "bad credentials",
  "not authorized",
];

export class MqttSession implements Session {
  readonly #options: MqttSessionOptions;
  readonly #listener: SessionListener;
  #socket: Socket | undefined;
  #settings: ConnectSettings | undefined;
  #rest: Buffer | undefined;
  #packetId = SUBSCRIBE_ID;
  #reason = "";
  #mute = false;
  #deaf = false;
  #held: HeldBytes | undefined;
  /** Connections that the device has forgotten and the server has not. */
  #vanished: Socket[] | undefined;

  constructor(options: MqttSessionOptions, listener: SessionListener) {
    this.#options = options;
    this.#listener = listener;
  }

  connect(settings: ConnectSettings): void {
    if (this.#socket !== undefined) this.#forget(this.#socket);
    const socket = new Socket();
    this.#socket = socket;
    this.#settings = settings;
    this.#rest = undefined;
    this.#packetId = settings.firstPacketId;
    this.#reason = "closed by the server";
    this.#mute = false;
    this.#deaf = false;
    socket.setNoDelay(true);
    socket.once("connect", () => this.#greet(socket, settings));
    socket.on("data", (chunk: Buffer) => {
      if (!this.#deaf) this.#receive(chunk);
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      this.#reason = error.code ?? error.message;
    });
    socket.once("close", () => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      this.#listener.closed(this.#reason);
    });
    socket.connect(this.#options.port, this.#options.host);
  }

  acknowledge(delivery: number): void {
    this.#write(generate({ cmd: "puback", messageId: delivery }));
  }

  reply({ requestId, payload, address, wire }: OutgoingReply): boolean {
    const topic = address?.topic ?? V1.responsePrefix + (address?.requestId ?? requestId);
    const retain = address?.retain ?? false;
    const packet = this.#publication(topic, payload, { qos: this.#settings?.qos ?? 0, retain });
    if (this.#socket === undefined) return false;
    if (wire === undefined) this.#write(packet);
    else {
      this.#held ??= new HeldBytes();
      writeForm(packet, wire, this.#sink(), this.#held);
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
    const messageId = this.#nextPacketId();
    const filters = this.#filters();
    if (on) {
      const qos = this.#settings?.qos ?? 0;
      const subscriptions = filters.map((topic) => ({ topic, qos }));
      this.#write(generate({ cmd: "subscribe", messageId, subscriptions }));
    } else {
      this.#write(generate({ cmd: "unsubscribe", messageId, unsubscriptions: filters }));
    }
  }

  end(how: EndHow): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    this.#reason = "ended by the device";
    if (how === "disconnect") socket.end(generate({ cmd: "disconnect" }));
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
  #forget(socket: Socket): void {
    socket.pause();
    this.#vanished = [...(this.#vanished ?? []).filter((each) => !each.destroyed), socket];
    this.#socket = undefined;
  }

  #greet(socket: Socket, settings: ConnectSettings): void {
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
      generate({
        cmd: "connect",
        protocolId: "MQTT",
        protocolVersion: 4,
        clean: !settings.keepSession,
        clientId: settings.clientId ?? clientId,
        username: settings.token ?? token,
        keepalive: settings.keepAliveS,
      }),
    );
  }

  #publication(topic: string, payload: string | Uint8Array, flags: { qos: 0 | 1; retain: boolean }): Buffer {
    const body = typeof payload === "string" ? payload : Buffer.from(payload);
    const packet = { cmd: "publish", topic, payload: body, dup: false, ...flags } as const;
    return generate(flags.qos === 0 ? packet : { ...packet, messageId: this.#nextPacketId() });
  }

  /** False when there is no connection; a connection that is silent swallows the bytes. */
  #write(packet: Uint8Array): boolean {
    const socket = this.#socket;
    if (socket === undefined) return false;
    if (!this.#mute) socket.write(this.#held === undefined ? packet : this.#held.take(packet));
    return true;
  }

  #sink(): ByteSink {
    const socket = this.#socket;
    return {
      write: (bytes) => {
        if (this.#socket === socket) this.#write(bytes);
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

  #receive(chunk: Buffer): void {
    try {
      this.#rest = cutFrames(this.#rest, chunk, (frame) => {
        decoded = undefined;
        decoder.parse(frame);
        if (decoded !== undefined) this.#handle(decoded);
      });
    } catch (error) {
      this.#reason = `malformed packet: ${(error as Error).message}`;
      this.#socket?.destroy();
    }
  }

  #handle(packet: Packet): void {
    if (packet.cmd === "publish") this.#publish(packet);
    else if (packet.cmd === "connack") this.#connack(packet.returnCode ?? 0);
    else if (packet.cmd === "suback") this.#suback(packet.granted as number[]);
  }

  #connack(code: number): void {
    if (code !== 0) {
      this.#reason = `refused: ${CONNACK_TEXT[code] ?? `code ${code}`}`;
      this.#socket?.destroy();
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

  #suback(granted: readonly number[]): void {
    const isBad = (code: number): boolean => code >= 0x80;
    // A fault may ask for filters that no server grants, beside the right one.
    const refused = this.#settings?.filters === undefined ? granted.some(isBad) : granted.every(isBad);
    if (!refused) this.#listener.ready();
    else {
      this.#reason = "refused: subscription not granted";
      this.#socket?.destroy();
    }
  }

  #publish(packet: IPublishPacket): void {
    const delivery = packet.qos === 1 ? (packet.messageId as number) : undefined;
    const requestId = readServerRequest(packet.topic);
    if (requestId !== undefined) {
      this.#listener.request(requestId, packet.payload.toString(), delivery);
      return;
    }
    if (delivery !== undefined) this.acknowledge(delivery);
    const answered = readServerResponse(packet.topic);
    if (answered !== undefined) this.#listener.answer(answered, packet.payload.toString());
  }
}
