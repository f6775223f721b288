import fc from "fast-check";
import { generate, type Packet } from "mqtt-packet";
import { describe, expect, it } from "vitest";
import { cutFrames } from "./packet-framer.ts";

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

/** What comes out of the framer when the stream arrives in these pieces. */
function framesOf(pieces: readonly Buffer[]): { frames: Buffer[]; rest: Buffer | undefined } {
  const frames: Buffer[] = [];
  let rest: Buffer | undefined;
  for (const piece of pieces) {
    rest = cutFrames(rest, piece, (frame) => {
      // A frame is only on loan.
      frames.push(Buffer.from(frame));
    });
  }
  return { frames, rest };
}

function cut(stream: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [0, ...places.map((place) => place % (stream.length + 1)).sort((a, b) => a - b), stream.length];
  return sorted.slice(1).map((end, i) => stream.subarray(sorted[i], end));
}

describe("cutting a byte stream into packets", () => {
  it("gives the same packets wherever the network cuts it", () => {
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 6 }), fc.array(fc.nat(), { maxLength: 30 }), (packets, places) => {
        const sent = packets.map((one) => generate(one));
        const { frames, rest } = framesOf(cut(Buffer.concat(sent), places));
        expect(frames.map((frame) => frame.toString("hex"))).toEqual(sent.map((frame) => frame.toString("hex")));
        expect(rest).toBeUndefined();
      }),
    );
  });

  it("keeps exactly the bytes of an unfinished packet", () => {
    fc.assert(
      fc.property(fc.array(packet, { minLength: 1, maxLength: 4 }), fc.nat(), (packets, at) => {
        const sent = packets.map((one) => generate(one));
        const stream = Buffer.concat(sent);
        const end = at % stream.length;
        const { frames, rest } = framesOf([stream.subarray(0, end)]);
        const whole = frames.reduce((sum, frame) => sum + frame.length, 0);
        expect(whole + (rest?.length ?? 0)).toBe(end);
        expect(rest?.equals(stream.subarray(whole, end)) ?? true).toBe(true);
      }),
    );
  });

  it("one byte at a time", () => {
    const sent = [generate({ cmd: "pingresp" }), generate({ cmd: "puback", messageId: 7 })];
    const { frames } = framesOf([...Buffer.concat(sent)].map((byte) => Buffer.of(byte)));
    expect(frames).toEqual(sent);
  });

  it("the remainder does not change with the network's buffer", () => {
    const chunk = Buffer.of(0x40, 2, 0);
    const rest = cutFrames(undefined, chunk, () => undefined);
    chunk.fill(0xff);
    expect(rest).toEqual(Buffer.of(0x40, 2, 0));
  });

  it.each([
    ["a length of five bytes", [0x30, 0x80, 0x80, 0x80, 0x80]],
    ["four bytes that promise a fifth", [0x30, 0xff, 0xff, 0xff, 0xff, 0x01]],
  ])("%s is malformed, in one piece or in many", (_, bytes) => {
    expect(() => framesOf([Buffer.from(bytes)])).toThrow("malformed remaining length");
    expect(() => framesOf(bytes.map((byte) => Buffer.of(byte)))).toThrow("malformed remaining length");
  });

  it("the packets before a malformed one are given out", () => {
    const frames: string[] = [];
    const stream = Buffer.of(0xd0, 0, 0x30, 0x80, 0x80, 0x80, 0x80);
    expect(() => cutFrames(undefined, stream, (frame) => frames.push(frame.toString("hex")))).toThrow("malformed");
    expect(frames).toEqual(["d000"]);
  });
});
