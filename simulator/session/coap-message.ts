/** CoAP messages (RFC 7252, section 3) <-> what a device says and hears. Reading never throws. */

/** Confirmable, non-confirmable, acknowledgement, reset. */
export const COAP_TYPE = { con: 0, non: 1, ack: 2, reset: 3 } as const;
type CoapType = (typeof COAP_TYPE)[keyof typeof COAP_TYPE];

/** Codes as bytes: class in the upper three bits. */
export const COAP_CODE = { empty: 0, get: 1, post: 2 } as const;

export interface CoapMessage {
  readonly type: CoapType;
  readonly code: number;
  readonly messageId: number;
  /** Undefined when it is not one of ours, which have four bytes. */
  readonly token: number | undefined;
  /** RFC 7641; undefined when there is none. */
  readonly observe: number | undefined;
  readonly payload: string;
}

export interface CoapRequest {
  readonly type: 0 | 1;
  readonly code: number;
  readonly messageId: number;
  readonly token: number;
  readonly observe: 0 | 1 | undefined;
  readonly path: readonly string[];
  readonly payload: Uint8Array | undefined;
}

const VERSION = 1;
const TOKEN_BYTES = 4;
const HEADER_BYTES = 4;
const OBSERVE = 6;
const URI_PATH = 11;
const CONTENT_FORMAT = 12;
const JSON_FORMAT = Buffer.of(50);
const PAYLOAD_MARKER = 0xff;
/** A nibble of 13 is followed by one byte, of 14 by two (RFC 7252, 3.1). */
const ONE_BYTE = 13;
const TWO_BYTES = 14;
const TWO_BYTES_FROM = 269;

export function writeRequest(request: CoapRequest): Buffer {
  const { type, code, messageId, token, observe, path, payload } = request;
  const head = Buffer.alloc(HEADER_BYTES + TOKEN_BYTES);
  head[0] = (VERSION << 6) | (type << 4) | TOKEN_BYTES;
  head[1] = code;
  head.writeUInt16BE(messageId, 2);
  head.writeUInt32BE(token, HEADER_BYTES);
  const parts: Uint8Array[] = [head];
  let previous = 0;
  const add = (number: number, value: Uint8Array): void => {
    parts.push(optionHead(number - previous, value.length), value);
    previous = number;
  };
  // 0 is written as no byte at all (RFC 7252, 3.2).
  if (observe !== undefined) add(OBSERVE, observe === 0 ? Buffer.alloc(0) : Buffer.of(observe));
  for (const segment of path) add(URI_PATH, Buffer.from(segment));
  if (payload !== undefined && payload.length > 0) {
    add(CONTENT_FORMAT, JSON_FORMAT);
    parts.push(Buffer.of(PAYLOAD_MARKER), payload);
  }
  return Buffer.concat(parts);
}

/** An acknowledgement or a reset: no code, no token. */
export function writeEmpty(type: 2 | 3, messageId: number): Buffer {
  return Buffer.of((VERSION << 6) | (type << 4), COAP_CODE.empty, messageId >>> 8, messageId & 0xff);
}

/** As people write it: 69 is "2.05". */
export function codeText(code: number): string {
  return `${code >>> 5}.${String(code & 31).padStart(2, "0")}`;
}

/** Undefined when the bytes are no message. */
export function readMessage(bytes: Buffer): CoapMessage | undefined {
  if (bytes.length < HEADER_BYTES || (bytes[0] as number) >>> 6 !== VERSION) return undefined;
  const tokenBytes = (bytes[0] as number) & 0x0f;
  let at = HEADER_BYTES + tokenBytes;
  if (at > bytes.length) return undefined;
  let number = 0;
  let observe: number | undefined;
  while (at < bytes.length && bytes[at] !== PAYLOAD_MARKER) {
    const first = bytes[at++] as number;
    const delta = extended(bytes, at, first >>> 4);
    const length = extended(bytes, delta.at, first & 0x0f);
    at = length.at + length.value;
    if (at > bytes.length) return undefined;
    number += delta.value;
    if (number === OBSERVE && length.value <= 3) {
      observe = length.value === 0 ? 0 : bytes.readUIntBE(length.at, length.value);
    }
  }
  return {
    type: (((bytes[0] as number) >>> 4) & 3) as CoapType,
    code: bytes[1] as number,
    messageId: bytes.readUInt16BE(2),
    token: tokenBytes === TOKEN_BYTES ? bytes.readUInt32BE(HEADER_BYTES) : undefined,
    observe,
    payload: bytes.toString("utf8", at + 1),
  };
}

function optionHead(delta: number, length: number): Uint8Array {
  const bytes = [(nibble(delta) << 4) | nibble(length)];
  for (const value of [delta, length]) {
    if (value >= TWO_BYTES_FROM) bytes.push((value - TWO_BYTES_FROM) >>> 8, (value - TWO_BYTES_FROM) & 0xff);
    else if (value >= ONE_BYTE) bytes.push(value - ONE_BYTE);
  }
  return Uint8Array.from(bytes);
}

function nibble(value: number): number {
  if (value < ONE_BYTE) return value;
  return value < TWO_BYTES_FROM ? ONE_BYTE : TWO_BYTES;
}

/** The value behind a nibble, and where what follows it begins; beyond the message when it is cut short. */
function extended(bytes: Buffer, at: number, nibbled: number): { value: number; at: number } {
  if (nibbled < ONE_BYTE) return { value: nibbled, at };
  if (nibbled === ONE_BYTE) return { value: ONE_BYTE + (bytes[at] ?? 0), at: at + 1 };
  const value = TWO_BYTES_FROM + (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
  return { value, at: at + 2 };
}
