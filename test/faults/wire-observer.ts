/**
 * A server of MQTT that is no server: it accepts what a device needs to be content, hands requests out by hand, and writes down
 * every packet, every byte and every end of a connection with its instant. Packets are read and written by a library that the
 * fleet does not use, so what is seen here is what was on the wire.
 */
import { createServer, type Server, type Socket } from "node:net";
import { generate, type IConnectPacket, type IPublishPacket, type Packet, parser } from "mqtt-packet";
import { monotonicNow } from "../../simulator/clock.ts";

/** One connection of one device as the other side saw it. Instants are microseconds of the monotonic clock. */
export class ObservedConnection {
  readonly socket: Socket;
  readonly openedAt = monotonicNow();
  readonly packets: { readonly at: number; readonly packet: Packet }[] = [];
  readonly chunks: { readonly at: number; readonly bytes: Buffer }[] = [];
  /** Why the bytes stopped making packets, if they did. */
  malformed: string | undefined;
  /** How it ended, seen from here: `fin`, or the code of an error such as ECONNRESET. */
  ended: { readonly at: number; readonly how: string } | undefined;
  #nextMessageId = 1;

  constructor(socket: Socket, observer: WireObserver) {
    this.socket = socket;
    // The parser reads its settings again for every packet: the version is known after CONNECT.
    const settings = { protocolVersion: 4 };
    const decoder = parser(settings);
    decoder.on("error", (error) => {
      this.malformed ??= error.message;
    });
    decoder.on("packet", (packet) => {
      this.packets.push({ at: monotonicNow(), packet });
      if (packet.cmd === "connect") settings.protocolVersion = packet.protocolVersion ?? 4;
      observer.serve(this, packet);
    });
    socket.on("data", (bytes: Buffer) => {
      this.chunks.push({ at: monotonicNow(), bytes });
      if (this.malformed === undefined) decoder.parse(bytes);
    });
    socket.on("end", () => {
      this.ended ??= { at: monotonicNow(), how: "fin" };
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      this.ended = { at: monotonicNow(), how: error.code ?? error.message };
    });
  }

  /** The CONNECT packet; throws when there is none yet. */
  get connect(): IConnectPacket {
    const first = this.packets[0]?.packet;
    if (first?.cmd !== "connect") throw new Error("no CONNECT packet yet");
    return first;
  }

  /** The user name of its CONNECT packet; undefined while there is none. */
  get token(): string | undefined {
    const first = this.packets[0]?.packet;
    return first?.cmd === "connect" ? first.username : undefined;
  }

  of<C extends Packet["cmd"]>(cmd: C): (Packet & { cmd: C })[] {
    return this.packets
      .map(({ packet }) => packet)
      .filter((packet): packet is Packet & { cmd: C } => packet.cmd === cmd);
  }

  /** Publishes to topics that answer requests, in the order they came. */
  get replies(): { at: number; topic: string; payload: string; packet: IPublishPacket }[] {
    return this.packets
      .filter(({ packet }) => packet.cmd === "publish")
      .map(({ at, packet }) => {
        const publish = packet as IPublishPacket;
        return { at, topic: publish.topic, payload: publish.payload.toString(), packet: publish };
      });
  }

  /** Sends an RPC request with quality of service 1; returns its instant. */
  request(requestId: number, method: string, params: object = {}): number {
    const topic = `v1/devices/me/rpc/request/${requestId}`;
    const payload = JSON.stringify({ method, params });
    const at = monotonicNow();
    this.send({ cmd: "publish", topic, payload, qos: 1, dup: false, retain: false, messageId: this.#nextMessageId++ });
    return at;
  }

  send(packet: Packet): void {
    this.socket.write(generate(packet, { protocolVersion: this.connect.protocolVersion ?? 4 }));
  }
}

/** What the observer does of its own accord; each may be switched off to be an unkind server. */
export interface ObserverManners {
  connack: boolean;
  suback: boolean;
  puback: boolean;
  pingresp: boolean;
  /** Tokens it accepts; undefined: any. */
  knows: readonly string[] | undefined;
}

export class WireObserver {
  readonly connections: ObservedConnection[] = [];
  readonly manners: ObserverManners = { connack: true, suback: true, puback: true, pingresp: true, knows: undefined };
  /** Filters that are not granted. */
  refuses: RegExp | undefined;
  readonly #server: Server;

  constructor() {
    this.#server = createServer({ allowHalfOpen: false }, (socket) => {
      this.connections.push(new ObservedConnection(socket, this));
    });
  }

  /** Listens on a free port of the loopback address and returns it. */
  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return (this.#server.address() as { port: number }).port;
  }

  async close(): Promise<void> {
    for (const { socket } of this.connections) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** The newest connection whose device uses this token. */
  of(token: string): ObservedConnection | undefined {
    return this.connections.findLast((connection) => connection.token === token);
  }

  serve(connection: ObservedConnection, packet: Packet): void {
    const { connack, suback, puback, pingresp, knows } = this.manners;
    if (packet.cmd === "connect" && knows !== undefined && !knows.includes(packet.username ?? "")) {
      connection.send({ cmd: "connack", returnCode: 5, sessionPresent: false });
      return;
    }
    if (packet.cmd === "connect" && connack) {
      connection.send(
        packet.protocolVersion === 5
          ? { cmd: "connack", reasonCode: 0, sessionPresent: false }
          : { cmd: "connack", returnCode: 0, sessionPresent: false },
      );
    } else if (packet.cmd === "subscribe" && suback) {
      const granted = packet.subscriptions.map(({ topic, qos }) =>
        this.refuses?.test(topic) ? 0x80 : Math.min(1, qos),
      );
      connection.send({ cmd: "suback", messageId: packet.messageId as number, granted });
    } else if (packet.cmd === "unsubscribe" && suback) {
      connection.send({ cmd: "unsuback", messageId: packet.messageId as number, granted: [] });
    } else if (packet.cmd === "publish" && packet.qos === 1 && puback) {
      connection.send({ cmd: "puback", messageId: packet.messageId as number });
    } else if (packet.cmd === "pingreq" && pingresp) connection.send({ cmd: "pingresp" });
  }
}
