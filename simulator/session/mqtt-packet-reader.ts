/**
 * MQTT packets a server sends to a device -> calls on the device's session. Nothing is made of a packet that its session does not ask
 * for: a PUBLISH is read where it lies, its topic compared as bytes and its request id taken from them, so that a request costs no
 * string but its payload. Wrong bytes throw MalformedPacket.
 */
import { MalformedPacket } from "./malformed-packet.ts";
import { PACKET_TYPE, type ProtocolLevel } from "./mqtt-packet-type.ts";
import { type MqttProperties, readProperties, readText } from "./mqtt-properties.ts";

/** Who hears what a packet says. Codes are return codes of 3.1 and 3.1.1 or reason codes of 5, as they stand in the packet. */
export interface PacketListener {
  connack(code: number, sessionPresent: boolean, properties: Readonly<MqttProperties>): void;
  publish(publish: IncomingPublish): void;
  puback(packetId: number, code: number): void;
  /** A code for each filter; UNSUBACK of 3.1 and 3.1.1 has none. The bytes are on loan. */
  suback(packetId: number, codes: Buffer): void;
  unsuback(packetId: number, codes: Buffer): void;
  pingresp(): void;
  /** MQTT 5 only. */
  disconnect(code: number, properties: Readonly<MqttProperties>): void;
}

const NO_BYTES = Buffer.alloc(0);
const NONE: Readonly<MqttProperties> = Object.freeze({});
const ZERO = 0x30;
const MINUS = 0x2d;
const LARGEST_INT32 = 2 ** 31 - 1;
/** Digits of the largest 32-bit integer. */
const MOST_DIGITS = 10;

/** A PUBLISH where it lies in the bytes received: on loan until the listener returns, for one object serves the whole thread. */
export class IncomingPublish {
  qos: 0 | 1 = 0;
  dup = false;
  retain = false;
  /** 0 at QoS 0. */
  packetId = 0;
  properties: Readonly<MqttProperties> = NONE;
  #bytes: Buffer = NO_BYTES;
  #topicStart = 0;
  #topicEnd = 0;
  #payloadStart = 0;
  #end = 0;

  /** The topic; empty when it is named by its alias alone (MQTT 5.0, 3.3.2.1). */
  get topic(): string {
    const topic = readText(this.#bytes, this.#topicStart, this.#topicEnd);
    if (/[+#]/.test(topic)) throw new MalformedPacket("wildcard in a topic name (MQTT-3.3.2-2)");
    return topic;
  }

  /** The 32-bit integer that is all of the topic after `prefix`; undefined when the topic is anything else. */
  idAfter(prefix: Uint8Array): number | undefined {
    const bytes = this.#bytes;
    let at = this.#topicStart;
    const digits = at + prefix.length;
    if (digits >= this.#topicEnd) return undefined;
    // From its end: that is where topics of one family differ.
    for (let i = prefix.length - 1; i >= 0; i--) if (bytes[at + i] !== prefix[i]) return undefined;
    at = digits;
    const negative = bytes[at] === MINUS;
    if (negative) at++;
    const size = this.#topicEnd - at;
    if (size < 1 || size > MOST_DIGITS) return undefined;
    let id = 0;
    for (; at < this.#topicEnd; at++) {
      const digit = (bytes[at] as number) - ZERO;
      if (digit < 0 || digit > 9) return undefined;
      id = id * 10 + digit;
    }
    if (id > LARGEST_INT32 + (negative ? 1 : 0)) return undefined;
    return negative ? 0 - id : id;
  }

  /** The payload as text; bytes that are no UTF-8 become U+FFFD. */
  get text(): string {
    return this.#bytes.toString("utf8", this.#payloadStart, this.#end);
  }

  /** A copy of the payload. */
  get payload(): Buffer {
    return Buffer.from(this.#bytes.subarray(this.#payloadStart, this.#end));
  }

  /** Takes the packet with that first byte whose variable header and payload are `bytes` from `start` to before `end`. */
  take(first: number, bytes: Buffer, start: number, end: number, level: ProtocolLevel): this {
    const qos = (first >> 1) & 3;
    if (qos === 3) throw new MalformedPacket("QoS 3 (MQTT-3.3.1-4)");
    if (qos === 2) throw new MalformedPacket("QoS 2, which was not subscribed");
    this.qos = qos as 0 | 1;
    this.dup = (first & 8) !== 0;
    this.retain = (first & 1) !== 0;
    this.#topicStart = start + 2;
    let at = this.#topicStart + uint16(bytes, start, end);
    this.#topicEnd = at;
    if (at > end) throw new MalformedPacket("the topic goes beyond its packet");
    this.packetId = 0;
    if (qos > 0) {
      this.packetId = packetIdAt(bytes, at, end);
      at += 2;
    }
    this.properties = NONE;
    if (level === 5) {
      const block = readProperties(bytes, at, end, PACKET_TYPE.publish);
      this.properties = block.properties;
      at = block.end;
    }
    if (this.#topicEnd === this.#topicStart && this.properties.topicAlias === undefined) {
      throw new MalformedPacket("neither topic nor alias (MQTT-4.7.3-1)");
    }
    this.#payloadStart = at;
    this.#bytes = bytes;
    this.#end = end;
    return this;
  }
}

const incoming = new IncomingPublish();

/**
 * Reads the packet with that first byte whose variable header and payload are `bytes` from `start` to before `end`, and tells
 * `listener` what it says.
 */
export function readPacket(
  first: number,
  bytes: Buffer,
  start: number,
  end: number,
  level: ProtocolLevel,
  listener: PacketListener,
): void {
  const type = first >> 4;
  if (type === PACKET_TYPE.publish) {
    listener.publish(incoming.take(first, bytes, start, end, level));
    return;
  }
  if ((first & 0x0f) !== 0) throw new MalformedPacket("reserved flags (MQTT-2.1.3-1)");
  if (type === PACKET_TYPE.puback) readPuback(bytes, start, end, level, listener);
  else if (type === PACKET_TYPE.pingresp) {
    if (start !== end) throw new MalformedPacket("PINGRESP with a body (3.13.1)");
    listener.pingresp();
  } else if (type === PACKET_TYPE.connack) readConnack(bytes, start, end, level, listener);
  else if (type === PACKET_TYPE.suback || type === PACKET_TYPE.unsuback) {
    readCodes(type, bytes, start, end, level, listener);
  } else if (type === PACKET_TYPE.disconnect && level === 5) readDisconnect(bytes, start, end, listener);
  else throw new MalformedPacket(`packet type ${type} from a server`);
}

/** 3.2: flags, of which only session present is defined, and the code. */
function readConnack(bytes: Buffer, start: number, end: number, level: ProtocolLevel, listener: PacketListener): void {
  if (end - start < 2) throw new MalformedPacket("CONNACK too short");
  const flags = bytes[start] as number;
  // MQTT 3.1 leaves this byte unused and says nothing of its value.
  if (level > 3 && flags > 1) throw new MalformedPacket("reserved CONNACK flags (MQTT-3.2.2-1)");
  // Without properties a server that knows MQTT 3 alone refuses MQTT 5 (MQTT 3.1.1, MQTT-3.1.2-2).
  const properties = level === 5 && end - start > 2 ? lastProperties(bytes, start + 2, end, PACKET_TYPE.connack) : NONE;
  if (properties === NONE && end - start !== 2 && level !== 5) throw new MalformedPacket("CONNACK too long");
  listener.connack(bytes[start + 1] as number, level > 3 && flags === 1, properties);
}

/** 3.4: in MQTT 5 the code may be left out when it is 0, and the properties when there are none. */
function readPuback(bytes: Buffer, start: number, end: number, level: ProtocolLevel, listener: PacketListener): void {
  const packetId = packetIdAt(bytes, start, end);
  const size = end - start;
  if (level < 5 && size !== 2) throw new MalformedPacket("PUBACK too long");
  if (size > 3) lastProperties(bytes, start + 3, end, PACKET_TYPE.puback);
  listener.puback(packetId, size > 2 ? (bytes[start + 2] as number) : 0);
}

/** 3.9 and 3.11: packet id, properties in MQTT 5, and a code for each filter. */
function readCodes(
  type: number,
  bytes: Buffer,
  start: number,
  end: number,
  level: ProtocolLevel,
  listener: PacketListener,
): void {
  const packetId = packetIdAt(bytes, start, end);
  const from = level === 5 ? readProperties(bytes, start + 2, end, type).end : start + 2;
  const codes = bytes.subarray(from, end);
  if (type === PACKET_TYPE.suback || level === 5) {
    if (codes.length === 0) throw new MalformedPacket("no code for any filter");
  } else if (codes.length > 0) throw new MalformedPacket("UNSUBACK too long");
  if (type === PACKET_TYPE.suback) listener.suback(packetId, codes);
  else listener.unsuback(packetId, codes);
}

/** 3.14: the code may be left out when it is 0, and the properties when there are none. */
function readDisconnect(bytes: Buffer, start: number, end: number, listener: PacketListener): void {
  const properties = end - start > 1 ? lastProperties(bytes, start + 1, end, PACKET_TYPE.disconnect) : NONE;
  listener.disconnect(start < end ? (bytes[start] as number) : 0, properties);
}

/** A property block with which its packet ends. */
function lastProperties(bytes: Buffer, start: number, end: number, type: number): Readonly<MqttProperties> {
  const block = readProperties(bytes, start, end, type);
  if (block.end !== end) throw new MalformedPacket("bytes after the properties");
  return block.properties;
}

function uint16(bytes: Buffer, at: number, end: number): number {
  if (at + 2 > end) throw new MalformedPacket("a field goes beyond its packet");
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

/** Packet ids are never 0 (MQTT 5.0, 2.2.1). */
function packetIdAt(bytes: Buffer, at: number, end: number): number {
  const id = uint16(bytes, at, end);
  if (id === 0) throw new MalformedPacket("packet id 0 (MQTT-2.2.1-3)");
  return id;
}
