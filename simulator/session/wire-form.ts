/** Puts the packet of a reply on the wire as a fault wants it: in pieces, damaged, late with another one, or only in part. */
import type { EndHow, WireForm } from "../../protocol/reaction.ts";
import { MILLISECOND } from "../../protocol/time.ts";

/** What carries the bytes. */
export interface ByteSink {
  write(bytes: Uint8Array): void;
  end(how: EndHow): void;
}

/** Bytes that wait for the next packet of their connection. */
export class HeldBytes {
  #bytes: Uint8Array | undefined;

  hold(bytes: Uint8Array, withinMs: number, sink: ByteSink): void {
    this.#bytes = this.take(bytes);
    setTimeout(() => {
      const left = this.#bytes;
      this.#bytes = undefined;
      if (left !== undefined) sink.write(left);
    }, withinMs).unref();
  }

  /** `bytes` behind those that waited, if there are any. */
  take(bytes: Uint8Array): Uint8Array {
    const held = this.#bytes;
    this.#bytes = undefined;
    return held === undefined ? bytes : Buffer.concat([held, bytes]);
  }
}

/** The first byte's low bits, a length of five bytes, a packet id of 0: each is malformed in MQTT (3.1.1: 2.2.2, 2.2.3, 2.3.1). */
function malform(packet: Uint8Array, how: (WireForm & { kind: "malformed" })["how"]): Uint8Array {
  if (how === "length") return Buffer.concat([packet.subarray(0, 1), Buffer.alloc(5, 0xff), packet.subarray(1)]);
  const bytes = Buffer.from(packet);
  // Without quality of service there is no packet id to spoil.
  if (how === "reserved" || ((bytes[0] as number) & 0x06) === 0) {
    // Both bits of the quality of service: 3 is no quality.
    bytes[0] = (bytes[0] as number) | 0x06;
    return bytes;
  }
  let at = 1;
  while (((bytes[at] as number) & 0x80) !== 0) at++;
  const topicLength = bytes.readUInt16BE(at + 1);
  bytes.writeUInt16BE(0, at + 3 + topicLength);
  return bytes;
}

/** Writes a whole packet in the form given. */
export function writeForm(packet: Uint8Array, wire: WireForm, sink: ByteSink, held: HeldBytes): void {
  switch (wire.kind) {
    case "coalesce":
      held.hold(packet, wire.within / MILLISECOND, sink);
      break;
    case "split":
      drip(packet, Math.min(wire.at, packet.length - 1), { pauseMs: 1, pieces: 2 }, sink);
      break;
    case "drip":
      drip(packet, wire.bytes, { pauseMs: wire.pause / MILLISECOND, pieces: Number.POSITIVE_INFINITY }, sink);
      break;
    case "malformed":
      sink.write(malform(packet, wire.how));
      break;
    case "flip": {
      const bytes = Buffer.from(packet);
      const bit = wire.bit % (bytes.length * 8);
      bytes[bit >>> 3] = (bytes[bit >>> 3] as number) ^ (1 << (bit & 7));
      sink.write(bytes);
      break;
    }
    case "cut":
      sink.write(packet.subarray(0, wire.bytes));
      sink.end(wire.end);
  }
}

/** `bytes` at a time, at most so many pieces. */
function drip(
  packet: Uint8Array,
  bytes: number,
  { pauseMs, pieces }: { pauseMs: number; pieces: number },
  sink: ByteSink,
): void {
  const last = pieces <= 1 || packet.length <= bytes;
  sink.write(last ? packet : packet.subarray(0, bytes));
  if (last) return;
  setTimeout(() => drip(packet.subarray(bytes), bytes, { pauseMs, pieces: pieces - 1 }, sink), pauseMs).unref();
}
