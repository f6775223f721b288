/**
 * One device's MQTT 3.1.1 connection on a bare socket: CONNECT with the access token as user name, SUBSCRIBE to RPC requests,
 * then requests in and replies out; a device that calls itself also sends requests and receives answers. Written on sockets and a packet codec rather than a client library because a fault must be
 * able to touch each packet, and because a thousand devices should cost a thousand sockets and little else.
 */
import { Socket } from "node:net";
import { generate, type IPublishPacket, type Packet, parser } from "mqtt-packet";
import {
  RPC_REQUEST_FILTER,
  RPC_RESPONSE_FILTER,
  readServerRequest,
  readServerResponse,
  requestTopic,
  responseTopic,
} from "../../protocol/topic.ts";
import { cutFrames } from "./packet-framer.ts";

export interface SessionOptions {
  readonly host: string;
  readonly port: number;
  readonly clientId: string;
  readonly token: string;
  readonly qos: 0 | 1;
  readonly keepAliveS: number;
  /** True when the device calls the server, and so must hear its answers. */
  readonly clientCalls: boolean;
}

/** What happens to a session, told to its device. */
export interface SessionListener {
  /** Subscribed: requests may come. */
  ready(): void;
  request(requestId: number, payload: string): void;
  /** The server answered a call of the device's own. */
  answer(requestId: number, payload: string): void;
  /** The connection is over, for whatever reason; said once per connect. */
  closed(reason: string): void;
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

export class Session {
  readonly #options: SessionOptions;
  readonly #listener: SessionListener;
  #socket: Socket | undefined;
  #rest: Buffer | undefined;
  #packetId = SUBSCRIBE_ID;
  #reason = "";

  constructor(options: SessionOptions, listener: SessionListener) {
    this.#options = options;
    this.#listener = listener;
  }

  connect(): void {
    const socket = new Socket();
    this.#socket = socket;
    this.#rest = undefined;
    this.#packetId = SUBSCRIBE_ID;
    this.#reason = "closed by the server";
    socket.setNoDelay(true);
    socket.once("connect", () => socket.write(this.#connectPacket()));
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.on("error", (error: NodeJS.ErrnoException) => {
      this.#reason = error.code ?? error.message;
    });
    socket.once("close", () => {
      this.#socket = undefined;
      this.#listener.closed(this.#reason);
    });
    socket.connect(this.#options.port, this.#options.host);
  }

  /** Publishes a reply; false when there is no connection to carry it. */
  reply(requestId: number, payload: string): boolean {
    return this.#send(responseTopic(requestId), payload, this.#options.qos);
  }

  /** Publishes a call of the device's own; false when there is no connection to carry it. */
  request(requestId: number, payload: string): boolean {
    return this.#send(requestTopic(requestId), payload, 1);
  }

  #send(topic: string, payload: string, qos: 0 | 1): boolean {
    if (this.#socket === undefined) return false;
    const packet = { cmd: "publish", topic, payload, qos, dup: false, retain: false } as const;
    this.#socket.write(generate(qos === 0 ? packet : { ...packet, messageId: this.#nextPacketId() }));
    return true;
  }

  ping(): void {
    this.#socket?.write(PINGREQ);
  }

  /** Ends the connection as a dying device would: no DISCONNECT. */
  abort(): void {
    this.#reason = "ended by a fault";
    this.#socket?.destroy();
  }

  /** Says DISCONNECT and closes. */
  end(): void {
    this.#reason = "ended by the fleet";
    this.#socket?.end(generate({ cmd: "disconnect" }));
  }

  #connectPacket(): Buffer {
    const { clientId, token, keepAliveS } = this.#options;
    return generate({
      cmd: "connect",
      protocolId: "MQTT",
      protocolVersion: 4,
      clean: true,
      clientId,
      username: token,
      keepalive: keepAliveS,
    });
  }

  /** Packet ids are 16 bits and never 0 (MQTT 3.1.1, section 2.3.1). */
  #nextPacketId(): number {
    this.#packetId = this.#packetId === 0xffff ? 1 : this.#packetId + 1;
    return this.#packetId;
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
    if (code === 0) {
      const { qos, clientCalls } = this.#options;
      const filters = clientCalls ? [RPC_REQUEST_FILTER, RPC_RESPONSE_FILTER] : [RPC_REQUEST_FILTER];
      const subscriptions = filters.map((topic) => ({ topic, qos }));
      this.#socket?.write(generate({ cmd: "subscribe", messageId: SUBSCRIBE_ID, subscriptions }));
      return;
    }
    this.#reason = `refused: ${CONNACK_TEXT[code] ?? `code ${code}`}`;
    this.#socket?.destroy();
  }

  #suback(granted: readonly number[]): void {
    if (granted.every((code) => code < 0x80)) this.#listener.ready();
    else {
      this.#reason = "refused: subscription not granted";
      this.#socket?.destroy();
    }
  }

  #publish(packet: IPublishPacket): void {
    if (packet.qos === 1) this.#socket?.write(generate({ cmd: "puback", messageId: packet.messageId as number }));
    const requestId = readServerRequest(packet.topic);
    if (requestId !== undefined) {
      this.#listener.request(requestId, packet.payload.toString());
      return;
    }
    const answered = readServerResponse(packet.topic);
    if (answered !== undefined) this.#listener.answer(answered, packet.payload.toString());
  }
}
