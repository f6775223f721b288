import fc from "fast-check";
import { type IPublishPacket, parser } from "mqtt-packet";
import { expect, test } from "vitest";
import { encodePublish } from "./publish-packet.ts";

function decode(bytes: Buffer, hasProperties: boolean): IPublishPacket[] {
  const packets: IPublishPacket[] = [];
  const codec = parser({ protocolVersion: hasProperties ? 5 : 4 });
  codec.on("packet", (packet) => packets.push(packet as IPublishPacket));
  codec.parse(bytes);
  return packets;
}

test("another codec reads what was written, at every length of the length field", () => {
  const payload = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.integer({ min: 0, max: 40_000 }).map((n) => "é".repeat(n)),
  );
  const id = fc.integer({ min: 1, max: 65_535 });
  const qosOf = fc.constantFrom<0 | 1>(0, 1);
  fc.assert(
    fc.property(payload, id, qosOf, fc.boolean(), fc.boolean(), (text, messageId, qos, hasProperties, asBytes) => {
      const written = { topic: "v1/t/1", payload: asBytes ? Buffer.from(text) : text, qos, messageId, hasProperties };
      const [packet, ...rest] = decode(encodePublish(written), hasProperties);
      expect(rest).toEqual([]);
      expect(packet).toMatchObject({ cmd: "publish", topic: "v1/t/1", qos, retain: false, dup: false });
      expect(packet?.payload.toString()).toBe(Buffer.from(text).toString());
      expect(packet?.messageId).toBe(qos === 1 ? messageId : undefined);
    }),
  );
});

test.each([100, 118, 119, 120, 16_374, 16_375, 16_376, 2_097_142, 2_097_143, 2_097_144])(
  "a payload of %i bytes sits at the edge of a length byte",
  (length) => {
    const written = {
      topic: "t/123",
      payload: "x".repeat(length),
      qos: 1,
      messageId: 1,
      hasProperties: false,
    } as const;
    const [packet] = decode(encodePublish(written), false);
    expect(packet?.payload.length).toBe(length);
  },
);
