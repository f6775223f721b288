import { PassThrough } from "node:stream";
import { type IPublishPacket, parser } from "mqtt-packet";
import { describe, expect, test } from "vitest";
import type { DeliverEffect } from "../../driver.ts";
import { MqttLink } from "./mqtt-link.ts";

const ID_SPACE = 65_535;

function openLink(wrapsPacketIds: boolean) {
  const stream = new PassThrough({ highWaterMark: Number.MAX_SAFE_INTEGER });
  const acknowledged: number[] = [];
  const link = new MqttLink({
    stream,
    hasProperties: false,
    largestPacketBytes: Number.POSITIVE_INFINITY,
    drainTimeoutMs: 1_000,
    wrapsPacketIds,
    acknowledged: (requestId) => acknowledged.push(requestId),
    close: () => {},
    stalled: () => {},
  });
  const deliver = (requestId: number): void =>
    link.deliver({ requestId, method: "m", params: "1", awaitsAck: true } as DeliverEffect);
  /** Packet ids of what was written since. */
  const written = (): (number | undefined)[] => {
    link.flush();
    const ids: (number | undefined)[] = [];
    const codec = parser();
    codec.on("packet", (packet) => ids.push((packet as IPublishPacket).messageId));
    codec.parse((stream.read() ?? Buffer.alloc(0)) as Buffer);
    return ids;
  };
  return { link, deliver, written, acknowledged };
}

describe("packet ids (contract 6.2)", () => {
  test("count every publish at any QoS, from 1", () => {
    const { link, deliver, written } = openLink(true);
    deliver(0);
    link.publish("t", "at QoS 0", 0);
    link.publish("t", "at QoS 1", 1);
    expect(written()).toEqual([1, undefined, 3]);
  });

  test.each([
    ["wrap", true, 1, [70_000]],
    ["with the quirk do not wrap in memory, and no acknowledgement matches any more", false, 0, []],
  ] as const)("%s", (_name, wraps, next, matched) => {
    const { link, deliver, written, acknowledged } = openLink(wraps);
    for (let i = 0; i < ID_SPACE; i++) link.publish("t", "", 0);
    written();
    deliver(70_000);
    expect(written()).toEqual([next]);
    link.acknowledgedBy(next);
    link.acknowledgedBy(next);
    expect(acknowledged).toEqual(matched);
  });
});
