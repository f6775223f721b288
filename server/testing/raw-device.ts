/** A device made of a socket and the MQTT codec: it sends what it is told, also what no client library would. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { generate, type IConnectPacket, type Packet, parser } from "mqtt-packet";
import { RPC_REQUEST_FILTER, responseTopic } from "../../protocol/topic.ts";

type Command = Packet["cmd"];

export class RawDevice {
  readonly socket: Socket;
  /** Resolves when the connection is over. */
  readonly closed: Promise<unknown>;
  readonly #received: Packet[] = [];
  readonly #waiting: { cmd: Command; resolve: (packet: Packet) => void }[] = [];

  constructor(port: number) {
    this.socket = connect({ port, host: "127.0.0.1", noDelay: true });
    this.socket.on("error", () => {});
    this.closed = once(this.socket, "close");
    const codec = parser();
    codec.on("packet", (packet: Packet) => this.#arrived(packet));
    this.socket.on("data", (bytes) => codec.parse(bytes));
  }

  send(packet: Packet): void {
    this.socket.write(generate(packet));
  }

  /** The next packet of this kind, whether it has come or is to come; packets of other kinds stay. */
  next<C extends Command>(cmd: C): Promise<Packet & { cmd: C }> {
    const at = this.#received.findIndex((packet) => packet.cmd === cmd);
    if (at >= 0) return Promise.resolve(this.#received.splice(at, 1)[0] as Packet & { cmd: C });
    return new Promise((resolve) => this.#waiting.push({ cmd, resolve: resolve as (packet: Packet) => void }));
  }

  /** Packets of this kind that have come and were not asked for. */
  unread(cmd: Command): number {
    return this.#received.filter((packet) => packet.cmd === cmd).length;
  }

  /** Connects and resolves with the CONNACK code. */
  async connect(fields: Partial<IConnectPacket>): Promise<number> {
    this.send({ cmd: "connect", protocolId: "MQTT", protocolVersion: 4, clean: true, clientId: "raw", ...fields });
    return (await this.next("connack")).returnCode as number;
  }

  async subscribe(topics: readonly string[], qos: 0 | 1 | 2): Promise<readonly unknown[]> {
    this.send({ cmd: "subscribe", messageId: 1, subscriptions: topics.map((topic) => ({ topic, qos })) });
    return (await this.next("suback")).granted;
  }

  /** Publishes at QoS 1 and resolves when it is acknowledged. */
  async publish(topic: string, payload: string, fields: { retain?: boolean; qos?: 1 | 2 } = {}): Promise<void> {
    this.send({ cmd: "publish", topic, payload, qos: 1, dup: false, retain: false, messageId: 7, ...fields });
    await this.next("puback");
  }

  /** Answers the next request with `payload` and resolves with its topic and text. */
  async answer(payload: string): Promise<{ topic: string; text: string }> {
    const { topic, payload: bytes } = await this.next("publish");
    await this.publish(responseTopic(Number(topic.slice(topic.lastIndexOf("/") + 1))), payload);
    return { topic, text: bytes.toString() };
  }

  #arrived(packet: Packet): void {
    const at = this.#waiting.findIndex(({ cmd }) => cmd === packet.cmd);
    if (at < 0) this.#received.push(packet);
    else this.#waiting.splice(at, 1)[0]?.resolve(packet);
  }
}

/** A device that is connected with a token and listens for requests. */
export async function subscribedDevice(port: number, accessToken: string, qos: 0 | 1 | 2 = 1): Promise<RawDevice> {
  const device = new RawDevice(port);
  const code = await device.connect({ username: accessToken });
  if (code !== 0) throw new Error(`refused with ${code}`);
  await device.subscribe([RPC_REQUEST_FILTER], qos);
  return device;
}
