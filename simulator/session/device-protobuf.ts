/**
 * RPC payloads of the v2 protobuf topics as a device sees them (contract 6.3), by hand: two messages of strings and one number.
 *
 *     message RpcRequest { string method = 1; int32 requestId = 2; string params = 3; }
 *     message RpcResponse { string payload = 1; }
 *
 * Reading never throws; bytes that are no message are an empty one.
 */
import { parseJson } from "../../protocol/message.ts";

const METHOD = 1;
const PARAMS = 3;
const PAYLOAD = 1;
/** Wire types: varint, eight bytes, length-delimited, four bytes. */
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** A server-side request as the JSON text it would have been on a v1 topic. */
export function decodeProtobufCommand(bytes: Buffer): string {
  const fields = readFields(bytes);
  const params = fields.get(PARAMS)?.toString() ?? "null";
  const method = JSON.stringify(fields.get(METHOD)?.toString() ?? "");
  return `{"method":${method},"params":${params === "" ? "null" : params}}`;
}

export function decodeProtobufAnswer(bytes: Buffer): string {
  return readFields(bytes).get(PAYLOAD)?.toString() ?? "";
}

/** The payload's bytes, whatever they are: a fault may want them to be no JSON. */
export function encodeProtobufReply(payload: string | Uint8Array): Uint8Array {
  return writeField(PAYLOAD, typeof payload === "string" ? Buffer.from(payload) : payload);
}

/** `{"method":...,"params":...}` as a message. */
export function encodeProtobufCall(payload: string): Uint8Array {
  const { method, params } = (parseJson(payload) ?? {}) as { readonly method?: unknown; readonly params?: unknown };
  const text = JSON.stringify(params ?? null);
  return Buffer.concat([writeField(METHOD, Buffer.from(String(method))), writeField(PARAMS, Buffer.from(text))]);
}

function writeField(number: number, bytes: Uint8Array): Buffer {
  const head = [(number << 3) | BYTES];
  let length = bytes.length;
  for (; length > 0x7f; length >>>= 7) head.push((length & 0x7f) | 0x80);
  head.push(length);
  return Buffer.concat([Buffer.from(head), bytes]);
}

/** The length-delimited fields by number; a later one of a number stands for it. */
function readFields(bytes: Buffer): Map<number, Buffer> {
  const fields = new Map<number, Buffer>();
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 1; at < bytes.length; shift *= 128) {
      const byte = bytes[at++] as number;
      value += (byte & 0x7f) * shift;
      if (byte < 0x80) break;
    }
    return value;
  };
  while (at < bytes.length) {
    const key = varint();
    const type = key % 8;
    if (type === VARINT) varint();
    else if (type === FIXED64) at += 8;
    else if (type === FIXED32) at += 4;
    else if (type === BYTES) {
      const length = varint();
      fields.set(Math.floor(key / 8), bytes.subarray(at, at + length));
      at += length;
    } else break;
  }
  return fields;
}
