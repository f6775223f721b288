/** A device made of a socket and the MQTT codec: it sends what it is told, also what no client library would. */
import { connect, type Socket } from "node:net";
import { generate, type IConnectPacket, type Packet, parser } from "mqtt-packet";
import { RPC_REQUEST_FILTER, responseTopic } from "../../protocol/topic.ts";

type Command = Packet["cmd"];

/** Versions of MQTT as CONNECT says them: 3.1, 3.1.1, 5. */
export type Version = 3 | 4 | 5;

export class RawDevice {
  readonly socket: Socket;
  /** Resolves when the connection is over. */
  readonly closed: Promise<unknown>;
  readonly #received: Packet[] = [];
  readonly #waiting: { cmd: Command; resolve: (packet: Packet) => void }[] = [];

  readonly #version: Version;

  constructor(port: number, version: Version = 4, host = "127.0.0.1") {
    this.#version = version;
    this.socket = connect({ port, host, noDelay: true });
    this.socket.on("error", () => {});
    this.closed = new Promise((resolve) => this.socket.once("close", resolve));
    const codec = parser({ protocolVersion: version });
    // A refusal's DISCONNECT has codes that the codec knows in CONNACK only.
    codec.on("error", () => {});
    codec.on("packet", (packet: Packet) => this.#arrived(packet));
    this.socket.on("data", (bytes) => codec.parse(bytes));
  }

  send(packet: Packet): void {
    this.socket.write(generate(packet, { protocolVersion: this.#version }));
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
    const { returnCode, reasonCode } = await this.connack(fields);
    return (returnCode ?? reasonCode) as number;
  }

  /** Connects and resolves with the whole CONNACK. */
  async connack(fields: Partial<IConnectPacket>): Promise<Packet & { cmd: "connack" }> {
    const protocolVersion = this.#version;
    const protocolId = protocolVersion === 3 ? "MQIsdp" : "MQTT";
    this.send({ cmd: "connect", protocolId, protocolVersion, clean: true, clientId: "raw", ...fields });
    return await this.next("connack");
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
export async function subscribedDevice(
  port: number,
  accessToken: string,
  qos: 0 | 1 | 2 = 1,
  version: Version = 4,
): Promise<RawDevice> {
  const device = new RawDevice(port, version);
  const code = await device.connect({ username: accessToken });
  if (code !== 0) throw new Error(`refused with ${code}`);
  await device.subscribe([RPC_REQUEST_FILTER], qos);
  return device;
}
