/**
 * One connection of MQTT 5, which aedes refuses, on the codec alone (contract 6.1 to 6.5). What is written goes through the link's
 * queue, so that acknowledgements, requests and DISCONNECT keep their order.
 */
import {
  generate,
  type IConnectPacket,
  type IPublishPacket,
  type ISubscribePacket,
  type IUnsubscribePacket,
  type Packet,
  parser,
} from "mqtt-packet";
import { admit } from "./admit.ts";
import { type Arrival, endAfterWrites } from "./arrival.ts";
import { DISCONNECT_OF_REFUSAL, givenBy, REFUSAL_CODES_5, sessionPresent } from "./connect-rules.ts";
import type { MqttSession } from "./device-session.ts";
import { MqttLink } from "./mqtt-link.ts";
import { CONNECT_TIMEOUT_MS, LARGEST_EARLY_QUEUE, type MqttOptions } from "./mqtt-options.ts";
import { DISCONNECT, DISCONNECT_OF_CLOSE, FILTER_REFUSED, isMalformed, UNSUBACK } from "./mqtt5-codes.ts";
import { refuseLongPackets } from "./packet-length.ts";
import { ANSWERS_5 } from "./verdict-codes.ts";

/**
 * Between the CONNACK of a refusal and its DISCONNECT. MQTT forbids some of these codes in a DISCONNECT, and a
 * client whose codec minds would throw away a CONNACK that came in the same piece.
 */
const REFUSAL_PAUSE_MS = 20;
const VERSION_5 = { protocolVersion: 5 };

interface Open {
  readonly session: MqttSession;
  readonly link: MqttLink;
}

export class Mqtt5Connection {
  readonly #options: MqttOptions;
  readonly #arrival: Arrival;
  readonly #stalled: () => void;
  readonly #parser = parser(VERSION_5);
  readonly #connectTimer: NodeJS.Timeout;
  /** Packets that wait for the CONNACK; undefined before CONNECT and after CONNACK. */
  #early: Packet[] | undefined;
  #open: Open | undefined;
  #closed = false;

  /**
   * Takes over a connection whose CONNECT is next on its stream. `stalled`: the client was disconnected because it left its socket
   * full.
   */
  constructor(arrival: Arrival, options: MqttOptions, stalled: () => void) {
    this.#options = options;
    this.#arrival = arrival;
    this.#stalled = stalled;
    const malformed = (): void => this.disconnect(DISCONNECT.malformed);
    this.#parser.on("packet", (packet) => this.#handle(packet));
    this.#parser.on("error", malformed);
    refuseLongPackets(this.#parser, malformed);
    this.#connectTimer = setTimeout(() => arrival.stream.destroy(), CONNECT_TIMEOUT_MS);
    arrival.stream.on("readable", this.#read);
    arrival.stream.once("close", () => this.#end());
  }

  /** Says DISCONNECT with a reason code and ends the connection. */
  disconnect(reasonCode: number): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#open?.link.flush();
    const { stream } = this.#arrival;
    if (stream.writable) stream.write(encode({ cmd: "disconnect", reasonCode }));
    endAfterWrites(stream);
    this.#end();
  }

  readonly #read = (): void => {
    const { stream } = this.#arrival;
    for (let bytes = stream.read(); bytes !== null; bytes = stream.read()) this.#parser.parse(bytes as Buffer);
  };

  #handle(packet: Packet): void {
    if (this.#closed) return;
    if (isMalformed(packet)) this.disconnect(DISCONNECT.malformed);
    else if (this.#open !== undefined) this.#handleOpen(this.#open, packet);
    else if (this.#early !== undefined) this.#queue(this.#early, packet);
    else if (packet.cmd === "connect") {
      this.#early = [];
      setImmediate(() => this.#connect(packet));
    } else this.disconnect(DISCONNECT.protocolError);
  }

  #queue(early: Packet[], packet: Packet): void {
    if (early.push(packet) > LARGEST_EARLY_QUEUE) this.disconnect(DISCONNECT.tooManyEarly);
  }

  #connect(packet: IConnectPacket): void {
    if (this.#closed) return;
    clearTimeout(this.#connectTimer);
    const found = admit(givenBy(packet, this.#arrival.certificate), this.#options);
    const present = sessionPresent(this.#options.dialect, packet);
    if ("refusal" in found) {
      const reasonCode = REFUSAL_CODES_5[found.refusal];
      this.#arrival.stream.write(encode({ cmd: "connack", reasonCode, sessionPresent: present }));
      setTimeout(() => this.disconnect(DISCONNECT_OF_REFUSAL[found.refusal]), REFUSAL_PAUSE_MS);
      return;
    }
    const link = this.#createLink(found.acknowledged, packet.properties?.maximumPacketSize);
    link.send(encode({ cmd: "connack", reasonCode: 0, sessionPresent: present }));
    this.#open = { session: found.open(link), link };
    const early = this.#early;
    this.#early = undefined;
    for (const waiting of early ?? []) this.#handle(waiting);
  }

  #createLink(acknowledged: (requestId: number) => void, largestPacketBytes = Number.POSITIVE_INFINITY): MqttLink {
    return new MqttLink({
      ...this.#options,
      stream: this.#arrival.stream,
      hasProperties: true,
      largestPacketBytes,
      acknowledged,
      stalled: () => {
        this.#stalled();
        this.#end();
      },
      close: (reason) => this.disconnect(DISCONNECT_OF_CLOSE[reason]),
    });
  }

  #handleOpen(open: Open, packet: Packet): void {
    switch (packet.cmd) {
      case "publish":
        this.#publish(open, packet);
        break;
      case "puback":
        open.link.acknowledgedBy(packet.messageId as number);
        break;
      case "subscribe":
        subscribe(open, packet);
        break;
      case "unsubscribe":
        unsubscribe(open, packet);
        break;
      case "pingreq":
        open.link.send(encode({ cmd: "pingresp" }));
        break;
      case "disconnect":
        this.disconnect(DISCONNECT.normal);
        break;
      case "pubrec":
      case "pubrel":
      case "pubcomp":
        // A QoS 2 publish has been answered with PUBACK and the server publishes none: there is nothing to go on with.
        break;
      default:
        this.disconnect(DISCONNECT.protocolError);
    }
  }

  #publish({ session, link }: Open, packet: IPublishPacket): void {
    const verdict = session.receive(packet.topic, packet.payload as Buffer);
    const { puback, disconnect } = ANSWERS_5[verdict];
    if (packet.qos > 0 && puback !== undefined) link.acknowledge(packet.messageId as number, puback);
    session.release();
    const reasonCode = disconnect[packet.qos === 0 ? 0 : 1];
    if (reasonCode !== undefined) this.disconnect(reasonCode);
  }

  #end(): void {
    this.#closed = true;
    clearTimeout(this.#connectTimer);
    this.#open?.session.end();
  }
}

/** Requests may follow at once, so SUBACK goes first. */
function subscribe({ session, link }: Open, { messageId, subscriptions }: ISubscribePacket): void {
  const granted = subscriptions.map(({ topic, qos }) => session.grant(topic, qos));
  link.send(encode({ cmd: "suback", messageId, granted: granted.map((qos) => qos ?? FILTER_REFUSED) } as Packet));
  subscriptions.forEach(({ topic }, i) => {
    if (granted[i] !== undefined) session.subscribed(topic);
  });
}

function unsubscribe({ session, link }: Open, { messageId, unsubscriptions }: IUnsubscribePacket): void {
  const granted = unsubscriptions.map((filter) => UNSUBACK[session.unsubscribe(filter)]);
  link.send(encode({ cmd: "unsuback", messageId, granted } as Packet));
}

function encode(packet: Packet): Buffer {
  return generate(packet, VERSION_5);
}
