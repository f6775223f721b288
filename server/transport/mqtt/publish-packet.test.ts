import fc from "fast-check";
import { type IPublishPacket, parser } from "mqtt-packet";
import { expect, test } from "vitest";
import { encodePublish } from "./publish-packet.ts";

function decode(bytes: Buffer): IPublishPacket[] {
  const packets: IPublishPacket[] = [];
  const codec = parser();
  codec.on("packet", (packet) => packets.push(packet as IPublishPacket));
  codec.parse(bytes);
  return packets;
}

test("another codec reads what was written, at every length of the length field", () => {
  const payload = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.integer({ min: 0, max: 40_000 }).map((n) => "é".repeat(n)),
  );
  fc.assert(
    fc.property(payload, fc.integer({ min: 1, max: 65_535 }), fc.constantFrom(0, 1), (text, messageId, qos) => {
      const [packet, ...rest] = decode(encodePublish({ topic: "v1/t/1", payload: text, qos: qos as 0 | 1, messageId }));
      expect(rest).toEqual([]);
      expect(packet).toMatchObject({ cmd: "publish", topic: "v1/t/1", qos, retain: false, dup: false });
      expect(packet?.payload.toString()).toBe(text);
      expect(packet?.messageId).toBe(qos === 1 ? messageId : undefined);
    }),
  );
});

test.each([100, 118, 119, 120, 16_374, 16_375, 16_376, 2_097_142, 2_097_143, 2_097_144])(
  "a payload of %i bytes sits at the edge of a length byte",
  (length) => {
    const [packet] = decode(encodePublish({ topic: "t/123", payload: "x".repeat(length), qos: 1, messageId: 1 }));
    expect(packet?.payload.length).toBe(length);
  },
);
