/**
 * The MQTT packets a device sends, byte by byte: MQTT 3.1, 3.1.1 and 5. A packet is measured first and written once into a buffer of
 * its exact size. Packets that are always the same are made once.
 */
import { LARGEST_LENGTH, PACKET_TYPE, type ProtocolLevel } from "./mqtt-packet-type.ts";

export interface ConnectFields {
  readonly level: ProtocolLevel;
  readonly clientId: string;
  /** Clean session of 3.1 and 3.1.1, clean start of 5 (3.1.2.4). */
  readonly clean: boolean;
  readonly keepAliveS: number;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** MQTT 5: how long the session outlives its connection, seconds (3.1.2.11.2). */
  readonly sessionExpiryS?: number | undefined;
  /** MQTT 5: unacknowledged messages the device takes at once, 1 to 65,535 (3.1.2.11.3). */
  readonly receiveMaximum?: number | undefined;
  /** MQTT 5: the largest alias the server may use (3.1.2.11.5). */
  readonly topicAliasMaximum?: number | undefined;
}

export interface PublishFields {
  readonly topic: string;
  readonly payload: string | Uint8Array;
  readonly qos: 0 | 1;
  /** 1 to 65,535 at QoS 1; not written at QoS 0. */
  readonly packetId: number;
  readonly dup?: boolean;
  readonly retain?: boolean;
  /** MQTT 5 (3.3.2.3). */
  readonly properties?: PublishProperties | undefined;
}

interface PublishProperties {
  readonly messageExpiryS?: number | undefined;
  readonly responseTopic?: string | undefined;
  readonly correlationData?: Uint8Array | undefined;
}

export interface Subscription {
  readonly filter: string;
  readonly qos: 0 | 1;
}

export const PINGREQ: Buffer = Buffer.from([PACKET_TYPE.pingreq << 4, 0]);
/** Of every version: in MQTT 5 a missing code is 0, normal disconnection (3.14.2.1). */
export const DISCONNECT: Buffer = Buffer.from([PACKET_TYPE.disconnect << 4, 0]);

/** A property block of no properties. */
const EMPTY_BLOCK = 1;
const LONGEST_STRING = 0xffff;

// The packet being written, and where its next byte goes: writing is synchronous, so one place serves the thread.
let out: Buffer = PINGREQ;
let at = 0;

/** CONNECT (3.1). MQTT 3.1 names itself otherwise. */
export function writeConnect(fields: ConnectFields): Buffer {
  const { level, clientId, clean, keepAliveS, username, password } = fields;
  const name = level === 3 ? "MQIsdp" : "MQTT";
  const properties = level === 5 ? connectPropertiesSize(fields) : 0;
  let size = 2 + name.length + 4 + textSize(clientId);
  if (level === 5) size += variableSize(properties) + properties;
  if (username !== undefined) size += textSize(username);
  if (password !== undefined) size += textSize(password);
  begin(PACKET_TYPE.connect << 4, size);
  putText(name);
  put(level);
  put((username === undefined ? 0 : 0x80) | (password === undefined ? 0 : 0x40) | (clean ? 0x02 : 0));
  put16(keepAliveS);
  if (level === 5) putConnectProperties(fields, properties);
  putText(clientId);
  if (username !== undefined) putText(username);
  if (password !== undefined) putText(password);
  return done();
}

/** PUBLISH (3.3). */
export function writePublish(level: ProtocolLevel, fields: PublishFields): Buffer {
  const { topic, payload, qos, packetId, dup, retain, properties } = fields;
  const payloadSize = typeof payload === "string" ? Buffer.byteLength(payload) : payload.length;
  const block = level === 5 && properties !== undefined ? publishPropertiesSize(properties) : 0;
  let size = textSize(topic) + payloadSize;
  if (qos === 1) size += 2;
  if (level === 5) size += variableSize(block) + block;
  begin((PACKET_TYPE.publish << 4) | (dup ? 0x08 : 0) | (qos << 1) | (retain ? 1 : 0), size);
  putText(topic);
  if (qos === 1) put16(packetId);
  if (level === 5) putPublishProperties(properties, block);
  if (typeof payload === "string") at += out.write(payload, at);
  else out.set(payload, at);
  return done();
}

/** PUBACK (3.4): of MQTT 5 the code is written unless it is 0, success. */
export function writePuback(level: ProtocolLevel, packetId: number, code = 0): Buffer {
  const coded = level === 5 && code !== 0;
  begin(PACKET_TYPE.puback << 4, coded ? 3 : 2);
  put16(packetId);
  if (coded) put(code);
  return done();
}

/** SUBSCRIBE (3.8). */
export function writeSubscribe(level: ProtocolLevel, packetId: number, subscriptions: readonly Subscription[]): Buffer {
  let size = level === 5 ? 2 + EMPTY_BLOCK : 2;
  for (const { filter } of subscriptions) size += textSize(filter) + 1;
  begin((PACKET_TYPE.subscribe << 4) | 2, size);
  put16(packetId);
  if (level === 5) put(0);
  for (const { filter, qos } of subscriptions) {
    putText(filter);
    put(qos);
  }
  return done();
}

/** UNSUBSCRIBE (3.10). */
export function writeUnsubscribe(level: ProtocolLevel, packetId: number, filters: readonly string[]): Buffer {
  let size = level === 5 ? 2 + EMPTY_BLOCK : 2;
  for (const filter of filters) size += textSize(filter);
  begin((PACKET_TYPE.unsubscribe << 4) | 2, size);
  put16(packetId);
  if (level === 5) put(0);
  for (const filter of filters) putText(filter);
  return done();
}

function connectPropertiesSize({ sessionExpiryS, receiveMaximum, topicAliasMaximum }: ConnectFields): number {
  return (
    (sessionExpiryS === undefined ? 0 : 5) +
    (receiveMaximum === undefined ? 0 : 3) +
    (topicAliasMaximum === undefined ? 0 : 3)
  );
}

function putConnectProperties(fields: ConnectFields, size: number): void {
  const { sessionExpiryS, receiveMaximum, topicAliasMaximum } = fields;
  putVariable(size);
  if (sessionExpiryS !== undefined) {
    put(17);
    put32(sessionExpiryS);
  }
  if (receiveMaximum !== undefined) {
    put(33);
    put16(receiveMaximum);
  }
  if (topicAliasMaximum !== undefined) {
    put(34);
    put16(topicAliasMaximum);
  }
}

function publishPropertiesSize({ messageExpiryS, responseTopic, correlationData }: PublishProperties): number {
  return (
    (messageExpiryS === undefined ? 0 : 5) +
    (responseTopic === undefined ? 0 : 1 + textSize(responseTopic)) +
    (correlationData === undefined ? 0 : 3 + correlationData.length)
  );
}

function putPublishProperties(properties: PublishProperties | undefined, size: number): void {
  putVariable(size);
  if (properties === undefined) return;
  const { messageExpiryS, responseTopic, correlationData } = properties;
  if (messageExpiryS !== undefined) {
    put(2);
    put32(messageExpiryS);
  }
  if (responseTopic !== undefined) {
    put(8);
    putText(responseTopic);
  }
  if (correlationData !== undefined) {
    put(9);
    put16(correlationData.length);
    out.set(correlationData, at);
    at += correlationData.length;
  }
}

/** Begins a packet with that first byte and remaining length (2.1). */
function begin(first: number, remaining: number): void {
  if (remaining > LARGEST_LENGTH) throw new RangeError("a packet of more than 256 MiB (MQTT 5.0, 2.1.4)");
  out = Buffer.allocUnsafe(1 + variableSize(remaining) + remaining);
  at = 0;
  put(first);
  putVariable(remaining);
}

function done(): Buffer {
  const packet = out;
  out = PINGREQ;
  return packet;
}

function put(byte: number): void {
  out[at++] = byte;
}

function put16(value: number): void {
  out[at++] = value >>> 8;
  out[at++] = value;
}

function put32(value: number): void {
  put16(value >>> 16);
  put16(value & 0xffff);
}

/** A variable byte integer (1.5.5). */
function putVariable(value: number): void {
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) out[at++] = (rest & 0x7f) | 0x80;
  out[at++] = rest;
}

function variableSize(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : 4;
}

/** Length of the string as a field; throws when it is longer than a field can be (1.5.4). */
function textSize(text: string): number {
  const size = Buffer.byteLength(text);
  if (size > LONGEST_STRING) throw new RangeError("a string of more than 65,535 bytes (MQTT 5.0, 1.5.4)");
  return 2 + size;
}

function putText(text: string): void {
  const size = out.write(text, at + 2);
  put16(size);
  at += size;
}
