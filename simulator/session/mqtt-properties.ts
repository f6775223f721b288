/**
 * The property block of MQTT 5 packets (MQTT 5.0, section 2.2.2), as a server sends it: every property is checked for its place and
 * its form, and those that mean something to a device are kept.
 */
import { MalformedPacket } from "./malformed-packet.ts";
import { LARGEST_LENGTH, PACKET_TYPE } from "./mqtt-packet-type.ts";

/** What a device may want to know; times in seconds. */
export interface MqttProperties {
  messageExpiryS?: number;
  responseTopic?: string;
  correlationData?: Buffer;
  sessionExpiryS?: number;
  assignedClientId?: string;
  serverKeepAliveS?: number;
  reasonString?: string;
  receiveMaximum?: number;
  topicAliasMaximum?: number;
  topicAlias?: number;
  maximumQos?: number;
  maximumPacketSize?: number;
}

const NO_PROPERTIES: Readonly<MqttProperties> = Object.freeze({});

type Form = "byte" | "uint16" | "uint32" | "variable" | "text" | "binary" | "pair";

interface PropertyRule {
  readonly form: Form;
  /** Bit n: may stand in packets of type n that come from a server. */
  readonly packets: number;
  /** Where its value is kept; undefined: checked and passed over. */
  readonly name?: keyof MqttProperties;
  /** The values from here on are a protocol error, as is 0 where `positive`. */
  readonly below?: number;
  readonly positive?: true;
}

const CONNACK = 1 << PACKET_TYPE.connack;
const PUBLISH = 1 << PACKET_TYPE.publish;
const DISCONNECT = 1 << PACKET_TYPE.disconnect;
const REASONED =
  CONNACK | DISCONNECT | (1 << PACKET_TYPE.puback) | (1 << PACKET_TYPE.suback) | (1 << PACKET_TYPE.unsuback);

/** Property identifiers 1 to 42 (2.2.2.2, table 2-4); a hole is no property that a server sends. */
const RULES: readonly (PropertyRule | undefined)[] = ruleTable([
  [1, { form: "byte", packets: PUBLISH, below: 2 }],
  [2, { form: "uint32", packets: PUBLISH, name: "messageExpiryS" }],
  [3, { form: "text", packets: PUBLISH }],
  [8, { form: "text", packets: PUBLISH, name: "responseTopic" }],
  [9, { form: "binary", packets: PUBLISH, name: "correlationData" }],
  [11, { form: "variable", packets: PUBLISH, positive: true }],
  [17, { form: "uint32", packets: CONNACK, name: "sessionExpiryS" }],
  [18, { form: "text", packets: CONNACK, name: "assignedClientId" }],
  [19, { form: "uint16", packets: CONNACK, name: "serverKeepAliveS" }],
  [21, { form: "text", packets: CONNACK }],
  [22, { form: "binary", packets: CONNACK }],
  [26, { form: "text", packets: CONNACK }],
  [28, { form: "text", packets: CONNACK | DISCONNECT }],
  [31, { form: "text", packets: REASONED, name: "reasonString" }],
  [33, { form: "uint16", packets: CONNACK, name: "receiveMaximum", positive: true }],
  [34, { form: "uint16", packets: CONNACK, name: "topicAliasMaximum" }],
  [35, { form: "uint16", packets: PUBLISH, name: "topicAlias", positive: true }],
  [36, { form: "byte", packets: CONNACK, name: "maximumQos", below: 2 }],
  [37, { form: "byte", packets: CONNACK, below: 2 }],
  [38, { form: "pair", packets: REASONED | PUBLISH }],
  [39, { form: "uint32", packets: CONNACK, name: "maximumPacketSize", positive: true }],
  [40, { form: "byte", packets: CONNACK, below: 2 }],
  [41, { form: "byte", packets: CONNACK, below: 2 }],
  [42, { form: "byte", packets: CONNACK, below: 2 }],
]);

/** May stand in one packet more than once: subscription identifier (3.3.2.3.8) and user property (2.2.2.2). */
const REPEATED = new Set([11, 38]);

function ruleTable(rules: readonly (readonly [number, PropertyRule])[]): (PropertyRule | undefined)[] {
  const table = new Array<PropertyRule | undefined>(43).fill(undefined);
  for (const [id, rule] of rules) table[id] = rule;
  return table;
}

/** Reads fields one after the other up to an end that none may pass. One is shared by all properties of a thread. */
class FieldCursor {
  bytes: Buffer = Buffer.alloc(0);
  at = 0;
  end = 0;

  /** A number of `size` bytes, the highest first (1.5.2, 1.5.3). */
  uint(size: 1 | 2 | 4): number {
    const at = this.#skip(size);
    return this.bytes.readUIntBE(at, size);
  }

  /** A variable byte integer in as few bytes as it needs (1.5.5). */
  variable(): number {
    let value = 0;
    for (let scale = 1; scale <= LARGEST_LENGTH; scale *= 128) {
      const byte = this.uint(1);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw new MalformedPacket("variable byte integer of more than four bytes");
  }

  /** A copy of a field that begins with its length (1.5.6). */
  binary(): Buffer {
    const length = this.uint(2);
    const at = this.#skip(length);
    return Buffer.from(this.bytes.subarray(at, at + length));
  }

  text(): string {
    const length = this.uint(2);
    const at = this.#skip(length);
    return readText(this.bytes, at, at + length);
  }

  #skip(size: number): number {
    const at = this.at;
    if (at + size > this.end) throw new MalformedPacket("a field goes beyond its packet");
    this.at = at + size;
    return at;
  }
}

const cursor = new FieldCursor();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A UTF-8 string: well-formed and without U+0000 (MQTT-1.5.4-1, MQTT-1.5.4-2). */
export function readText(bytes: Buffer, start: number, end: number): string {
  let text: string;
  try {
    text = decoder.decode(bytes.subarray(start, end));
  } catch {
    throw new MalformedPacket("a string is not UTF-8");
  }
  if (text.includes("\0")) throw new MalformedPacket("U+0000 in a string");
  return text;
}

/** A property block and where it ends. */
export interface PropertyBlock {
  readonly properties: Readonly<MqttProperties>;
  readonly end: number;
}

/** Reads the property block at `start` of a packet of type `type` whose bytes end before `end`. */
export function readProperties(bytes: Buffer, start: number, end: number, type: number): PropertyBlock {
  if (start < end && bytes[start] === 0) return { properties: NO_PROPERTIES, end: start + 1 };
  cursor.bytes = bytes;
  cursor.at = start;
  cursor.end = end;
  const length = cursor.variable();
  if (cursor.at + length > end) throw new MalformedPacket("properties go beyond their packet");
  cursor.end = cursor.at + length;
  const properties: MqttProperties = {};
  let seen = 0n;
  while (cursor.at < cursor.end) {
    const id = cursor.variable();
    const rule = RULES[id];
    if (rule === undefined || (rule.packets & (1 << type)) === 0) throw new MalformedPacket(`property ${id} here`);
    if (!REPEATED.has(id)) {
      if ((seen >> BigInt(id)) & 1n) throw new MalformedPacket(`property ${id} twice`);
      seen |= 1n << BigInt(id);
    }
    readOne(rule, properties);
  }
  cursor.bytes = NOTHING;
  return { properties, end: cursor.end };
}

const NOTHING = Buffer.alloc(0);

function readOne({ form, name, below, positive }: PropertyRule, properties: MqttProperties): void {
  const value = readValue(form);
  if (below !== undefined && (value as number) >= below) throw new MalformedPacket("property value out of range");
  if (positive && value === 0) throw new MalformedPacket("property value 0");
  if (name !== undefined) Object.assign(properties, { [name]: value });
}

function readValue(form: Form): number | string | Buffer {
  if (form === "byte") return cursor.uint(1);
  if (form === "uint16") return cursor.uint(2);
  if (form === "uint32") return cursor.uint(4);
  if (form === "variable") return cursor.variable();
  if (form === "binary") return cursor.binary();
  const text = cursor.text();
  return form === "text" ? text : text + cursor.text();
}
