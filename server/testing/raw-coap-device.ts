/**
 * A CoAP device made of a UDP socket and hand-written datagrams: it acknowledges and rejects when it is told to, which no client
 * library does.
 */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";

const COAP_TYPES = { con: 0, non: 1, ack: 2, reset: 3 } as const;
type CoapType = keyof typeof COAP_TYPES;

export interface CoapDatagram {
  readonly type: CoapType;
  /** As in "2.05". */
  readonly code: string;
  readonly messageId: number;
  readonly token: string;
  /** Undefined when there is none. */
  readonly observe: number | undefined;
  readonly payload: string;
}

const OBSERVE = 6;
const URI_PATH = 11;
const PAYLOAD_MARKER = 0xff;
const TWO_BYTES = 14;
const ONE_BYTE = 13;

export class RawCoapDevice {
  readonly #socket: Socket = createSocket("udp4");
  readonly #port: number;
  readonly #received: CoapDatagram[] = [];
  #messageId = 1;

  constructor(port: number) {
    this.#port = port;
    this.#socket.on("message", (bytes) => this.#received.push(readDatagram(bytes)));
  }

  /** GET with an Observe option; answers and notifications come with the token. */
  observe(type: "con" | "non", path: string, observe: 0 | 1, token = "t1"): void {
    // 1 is one byte, 0 is written as none.
    const value = observe === 0 ? Buffer.alloc(0) : Buffer.of(observe);
    const options = [option(OBSERVE, value), ...pathOptions(path, OBSERVE)];
    const start = this.#header(0x40 | (COAP_TYPES[type] << 4) | token.length, 1);
    this.sendBytes(Buffer.concat([start, Buffer.from(token), ...options]));
  }

  /** A non-confirmable POST without a token. */
  post(path: string, body: string): void {
    const start = this.#header(0x40 | (COAP_TYPES.non << 4), 2);
    const payload = Buffer.from(body);
    this.sendBytes(Buffer.concat([start, ...pathOptions(path, 0), Buffer.of(PAYLOAD_MARKER), payload]));
  }

  /** An empty message about one that was received. */
  answer(type: "ack" | "reset", { messageId }: CoapDatagram): void {
    this.sendBytes(Buffer.of(0x40 | (COAP_TYPES[type] << 4), 0, messageId >> 8, messageId & 0xff));
  }

  sendBytes(bytes: Uint8Array): void {
    this.#socket.send(bytes, this.#port, "127.0.0.1");
  }

  /** The next datagram, whether it has come or is to come. */
  async next(): Promise<CoapDatagram> {
    while (this.#received.length === 0) await once(this.#socket, "message");
    return this.#received.shift() as CoapDatagram;
  }

  /** Datagrams that have come and were not asked for. */
  get unread(): number {
    return this.#received.length;
  }

  close(): void {
    this.#socket.close();
  }

  #header(first: number, code: number): Buffer {
    const messageId = this.#messageId++;
    return Buffer.of(first, code, (messageId >> 8) & 0xff, messageId & 0xff);
  }
}

/** `previous`: number of the option before them. */
function pathOptions(path: string, previous: number): readonly Buffer[] {
  return path.split("/").map((part, i) => option(i === 0 ? URI_PATH - previous : 0, Buffer.from(part)));
}

/** `delta`: this option's number less the one's before it. Lengths up to 268. */
function option(delta: number, value: Buffer): Buffer {
  const long = value.length >= ONE_BYTE;
  const start = Buffer.of((delta << 4) | (long ? ONE_BYTE : value.length));
  return Buffer.concat(long ? [start, Buffer.of(value.length - ONE_BYTE), value] : [start, value]);
}

function readDatagram(bytes: Buffer): CoapDatagram {
  const [first = 0, code = 0] = bytes;
  const tokenEnd = 4 + (first & 0xf);
  let observe: number | undefined;
  let number = 0;
  let at = tokenEnd;
  while (at < bytes.length && bytes[at] !== PAYLOAD_MARKER) {
    const start = bytes[at++] as number;
    const extended = (nibble: number): number => {
      if (nibble < ONE_BYTE) return nibble;
      if (nibble === ONE_BYTE) return ONE_BYTE + (bytes[at++] as number);
      at += 2;
      return TWO_BYTES + 255 + bytes.readUInt16BE(at - 2);
    };
    number += extended(start >> 4);
    const length = extended(start & 0xf);
    if (number === OBSERVE) observe = length === 0 ? 0 : bytes.readUIntBE(at, length);
    at += length;
  }
  return {
    type: (Object.keys(COAP_TYPES) as CoapType[])[(first >> 4) & 3] as CoapType,
    code: `${code >> 5}.${String(code & 31).padStart(2, "0")}`,
    messageId: bytes.readUInt16BE(2),
    token: bytes.toString("latin1", 4, tokenEnd),
    observe,
    payload: bytes.toString("utf8", at + 1),
  };
}
