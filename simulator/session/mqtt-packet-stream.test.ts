import fc from "fast-check";
import { generate, type Packet } from "mqtt-packet";
import { describe, expect, it } from "vitest";
import { MalformedPacket } from "./malformed-packet.ts";
import { cutPackets } from "./mqtt-packet-stream.ts";

const packet = fc.oneof(
  fc.constant<Packet>({ cmd: "pingresp" }),
  fc.nat(65_534).map((id): Packet => ({ cmd: "puback", messageId: id + 1 })),
  // Payloads on both sides of where the length takes a second and a third byte.
  fc.tuple(fc.oneof(fc.nat(300), fc.constantFrom(16_365, 16_383, 16_400)), fc.nat(255)).map(
    ([size, byte]): Packet => ({
      cmd: "publish",
      topic: "v1/devices/me/rpc/request/1",
      payload: Buffer.alloc(size, byte),
      qos: 0,
      dup: false,
      retain: false,
    }),
  ),
);

/** First byte and body of each packet when the stream arrives in these pieces, all read into one buffer. */
function packetsOf(pieces: readonly Buffer[]): { packets: string[]; rest: Buffer | undefined } {
  const packets: string[] = [];
  const shared = Buffer.alloc(65_536);
  let rest: Buffer | undefined;
  for (const piece of pieces) {
    shared.fill(0xff);
    piece.copy(shared);
    rest = cutPackets(rest, shared, piece.length, {
      packet: (first, bytes, start, end) => packets.push(`${first} ${bytes.toString("hex", start, end)}`) > 0,
    });
  }
  return { packets, rest };
}

function cut(stream: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [0, ...places.map((place) => place % (stream.length + 1)).sort((a, b) => a - b), stream.length];
  return sorted.slice(1).map((end, i) => stream.subarray(sorted[i], end));
}

function expected(sent: Buffer): string {
  const lengthBytes = sent.subarray(1).findIndex((byte) => byte < 0x80) + 1;
  return `${sent[0]} ${sent.toString("hex", 1 + lengthBytes)}`;
}

describe("cutting a byte stream into packets", () => {
  it("gives the same packets wherever the network cuts it", () => {
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 3 }), fc.array(fc.nat(), { maxLength: 30 }), (packets, places) => {
        const sent = packets.map((one) => generate(one));
        const result = packetsOf(cut(Buffer.concat(sent), places));
        expect(result.packets).toEqual(sent.map(expected));
        expect(result.rest).toBeUndefined();
      }),
    );
  });

  it("gives the same packets byte by byte", () => {
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 2 }), (packets) => {
        const sent = packets.map((one) => generate(one)).filter(({ length }) => length < 400);
        const result = packetsOf([...Buffer.concat(sent)].map((byte) => Buffer.from([byte])));
        expect(result.packets).toEqual(sent.map(expected));
      }),
      { numRuns: 30 },
    );
  });

  it("keeps exactly what is unfinished, as a copy", () => {
    const sent = generate({ cmd: "puback", messageId: 7 });
    const { packets, rest } = packetsOf([Buffer.concat([sent, sent.subarray(0, 3)])]);
    expect(packets).toHaveLength(1);
    expect(rest).toEqual(sent.subarray(0, 3));
  });

  it("stops when its receiver wants no more", () => {
    const pings = Buffer.from([0xd0, 0, 0xd0, 0]);
    let seen = 0;
    const rest = cutPackets(undefined, pings, pings.length, { packet: () => ++seen > 1 });
    expect([seen, rest]).toEqual([1, undefined]);
  });

  it("refuses a length of more than four bytes (MQTT 3.1.1, 2.2.3)", () => {
    const endless = Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80, 0x01]);
    expect(() => packetsOf([endless])).toThrow(MalformedPacket);
    expect(packetsOf([endless.subarray(0, 4)]).rest).toEqual(endless.subarray(0, 4));
  });
});
