/** Puts the packet of a reply on the wire as a fault wants it: in pieces, damaged, late with another one, or only in part. */
import type { EndHow, WireForm } from "../../protocol/reaction.ts";
import { MILLISECOND } from "../../protocol/time.ts";

/** What carries the bytes. */
export interface ByteSink {
  write(bytes: Uint8Array): void;
  end(how: EndHow): void;
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

/** The way out of one connection, once a fault has touched it: whole packets in turn, however long one of them takes. */
export class Outlet {
  readonly #sink: ByteSink;
  /** Bytes that wait for the next packet. */
  #held: Uint8Array | undefined;
  #dripping = false;
  #waiting: (() => void)[] = [];

  constructor(sink: ByteSink) {
    this.#sink = sink;
  }

  write(bytes: Uint8Array): void {
    this.#inTurn(() => this.#put(bytes));
  }

  /** Writes a whole packet in the form given. */
  writeForm(packet: Uint8Array, wire: WireForm): void {
    this.#inTurn(() => this.#form(packet, wire));
  }

  #inTurn(act: () => void): void {
    if (this.#dripping) this.#waiting.push(act);
    else act();
  }

  /** Writes, behind what was held. */
  #put(bytes: Uint8Array): void {
    const held = this.#held;
    this.#held = undefined;
    this.#sink.write(held === undefined ? bytes : Buffer.concat([held, bytes]));
  }

  #form(packet: Uint8Array, wire: WireForm): void {
    switch (wire.kind) {
      case "coalesce":
        this.#held = this.#held === undefined ? packet : Buffer.concat([this.#held, packet]);
        setTimeout(() => {
          if (this.#held !== undefined) this.write(Buffer.alloc(0));
        }, wire.within / MILLISECOND).unref();
        break;
      case "split":
        this.#drip(packet, Math.min(wire.at, packet.length - 1), { pauseMs: 1, pieces: 2 });
        break;
      case "drip":
        this.#drip(packet, wire.bytes, { pauseMs: wire.pause / MILLISECOND, pieces: Number.POSITIVE_INFINITY });
        break;
      case "malformed":
        this.#put(malform(packet, wire.how));
        break;
      case "flip": {
        const bytes = Buffer.from(packet);
        const bit = wire.bit % (bytes.length * 8);
        bytes[bit >>> 3] = (bytes[bit >>> 3] as number) ^ (1 << (bit & 7));
        this.#put(bytes);
        break;
      }
      case "cut":
        this.#put(packet.subarray(0, wire.bytes));
        this.#sink.end(wire.end);
    }
  }

  /** `bytes` at a time, at most so many pieces; what comes meanwhile waits. */
  #drip(packet: Uint8Array, bytes: number, { pauseMs, pieces }: { pauseMs: number; pieces: number }): void {
    const last = pieces <= 1 || packet.length <= bytes;
    this.#dripping = !last;
    this.#put(last ? packet : packet.subarray(0, bytes));
    if (last) {
      for (
        let next = this.#waiting.shift();
        next !== undefined;
        next = this.#dripping ? undefined : this.#waiting.shift()
      ) {
        next();
      }
      return;
    }
    const next = (): void => this.#drip(packet.subarray(bytes), bytes, { pauseMs, pieces: pieces - 1 });
    // A turn of the event loop lies between two pieces however late the timer is, so that they never leave as one.
    setTimeout(() => setImmediate(next), pauseMs).unref();
  }
}
