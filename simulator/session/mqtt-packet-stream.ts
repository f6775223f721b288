/**
 * Cuts a byte stream into whole MQTT packets where they lie (MQTT 3.1.1, section 2.2: type byte, remaining length of one to four
 * bytes). The bytes may be a buffer that all connections of a thread read into: a connection keeps bytes of its own only while a
 * packet of its is half received.
 */
import { MalformedPacket } from "./malformed-packet.ts";

/** Remaining length fields longer than four bytes are malformed. */
const MAX_LENGTH_BYTES = 4;

/** Who is given the packets. */
export interface PacketReceiver {
  /**
   * One whole packet: `first` is its first byte, its variable header and payload are the bytes from `start` to before `end`. They
   * are on loan until the call returns. False when nothing that follows is wanted any more.
   */
  packet(first: number, bytes: Buffer, start: number, end: number): boolean;
}

/**
 * Gives `receiver` each whole packet in `rest` followed by the first `length` bytes of `chunk`, and returns the unfinished
 * remainder (undefined when there is none). Throws MalformedPacket on a malformed length: the connection is beyond repair.
 */
export function cutPackets(
  rest: Buffer | undefined,
  chunk: Buffer,
  length: number,
  receiver: PacketReceiver,
): Buffer | undefined {
  const bytes = rest === undefined ? chunk : Buffer.concat([rest, chunk.subarray(0, length)]);
  const total = rest === undefined ? length : bytes.length;
  let start = 0;
  while (start < total) {
    const body = bodyStart(bytes, start, total);
    if (body === 0) break;
    const end = body + remainingLength(bytes, start + 1, body);
    if (end > total) break;
    if (!receiver.packet(bytes[start] as number, bytes, body, end)) return undefined;
    start = end;
  }
  if (start === total) return undefined;
  // A copy, so that a few bytes neither change with the next read nor keep a whole network buffer alive.
  return Buffer.from(bytes.subarray(start, total));
}

/** Where the remaining length of the packet at `start` ends; 0 while it is not complete. */
function bodyStart(bytes: Buffer, start: number, total: number): number {
  for (let i = start + 1; i <= start + MAX_LENGTH_BYTES; i++) {
    if (i >= total) return 0;
    if ((bytes[i] as number) < 0x80) return i + 1;
  }
  throw new MalformedPacket("remaining length of more than four bytes");
}

/** The number in the seven low bits of each byte from `start` to before `end`, the lowest first. */
function remainingLength(bytes: Buffer, start: number, end: number): number {
  let length = 0;
  for (let i = end - 1; i >= start; i--) length = length * 128 + ((bytes[i] as number) & 0x7f);
  return length;
}
