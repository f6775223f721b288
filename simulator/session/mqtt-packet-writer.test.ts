import fc from "fast-check";
import { type Packet, parser } from "mqtt-packet";
import { describe, expect, it } from "vitest";
import type { ProtocolLevel } from "./mqtt-packet-type.ts";
import {
  type ConnectFields,
  DISCONNECT,
  PINGREQ,
  type PublishFields,
  writeConnect,
  writePuback,
  writePublish,
  writeSubscribe,
  writeUnsubscribe,
} from "./mqtt-packet-writer.ts";

/** What mqtt-packet makes of the bytes: exactly one packet. */
function parsed(level: ProtocolLevel, bytes: Buffer): Packet {
  const packets: Packet[] = [];
  const oracle = parser({ protocolVersion: level });
  oracle.on("packet", (packet) => packets.push(packet));
  oracle.on("error", (error) => {
    throw error;
  });
  expect(oracle.parse(bytes)).toBe(0);
  expect(packets).toHaveLength(1);
  return packets[0] as Packet;
}

/** The fields that are there. */
function present(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

const level = fc.constantFrom<ProtocolLevel>(3, 4, 5);
const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 60 }).filter((one) => !/[\0+#]/.test(one));
const maybe = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: undefined });
const uint16 = fc.integer({ min: 1, max: 0xffff });
const uint32 = fc.nat(0xffff_ffff);
const qos = fc.constantFrom<0 | 1>(0, 1);
const bytes = fc.uint8Array({ maxLength: 40 }).map((one) => Buffer.from(one));

const connect: fc.Arbitrary<ConnectFields> = fc.record({
  level,
  clientId: text,
  clean: fc.boolean(),
  keepAliveS: fc.nat(0xffff),
  username: maybe(text),
  password: maybe(text),
  sessionExpiryS: maybe(uint32),
  receiveMaximum: maybe(uint16),
  topicAliasMaximum: maybe(fc.nat(0xffff)),
});

const publish: fc.Arbitrary<PublishFields> = fc.record({
  topic: text,
  payload: fc.oneof(fc.string({ unit: "grapheme", maxLength: 300 }), bytes, fc.constantFrom("x".repeat(16_383))),
  qos,
  packetId: uint16,
  dup: fc.boolean(),
  retain: fc.boolean(),
  properties: maybe(
    fc.record({ messageExpiryS: maybe(uint32), responseTopic: maybe(text), correlationData: maybe(bytes) }),
  ),
});

describe("what is written parses to the same", () => {
  it("CONNECT", () => {
    fc.assert(
      fc.property(connect, (fields) => {
        // Without a user name there is no password before MQTT 5 (MQTT-3.1.2-22).
        const password = fields.level < 5 && fields.username === undefined ? undefined : fields.password;
        const packet = parsed(fields.level, writeConnect({ ...fields, password })) as unknown as Record<
          string,
          unknown
        >;
        const { clientId, clean, keepAliveS, username } = fields;
        expect(packet).toMatchObject({ cmd: "connect", protocolVersion: fields.level, clientId, clean });
        expect(packet).toMatchObject({ keepalive: keepAliveS, protocolId: fields.level === 3 ? "MQIsdp" : "MQTT" });
        expect(packet.username).toBe(username);
        expect((packet.password as Buffer | undefined)?.toString()).toBe(password);
        const properties = present({
          sessionExpiryInterval: fields.sessionExpiryS,
          receiveMaximum: fields.receiveMaximum,
          topicAliasMaximum: fields.topicAliasMaximum,
        });
        const some = fields.level === 5 && Object.keys(properties).length > 0;
        expect({ ...(packet.properties as object | undefined) }).toEqual(some ? properties : {});
      }),
    );
  });

  it("PUBLISH", () => {
    fc.assert(
      fc.property(level, publish, (at, fields) => {
        const packet = parsed(at, writePublish(at, fields)) as unknown as Record<string, unknown>;
        const { topic, qos, dup, retain, properties } = fields;
        expect(packet).toMatchObject({ cmd: "publish", topic, qos, dup, retain });
        expect(packet.payload).toEqual(Buffer.from(fields.payload as string));
        expect(packet.messageId).toBe(qos === 1 ? fields.packetId : undefined);
        const kept = present({
          messageExpiryInterval: properties?.messageExpiryS,
          responseTopic: properties?.responseTopic,
          correlationData: properties?.correlationData,
        });
        expect({ ...(packet.properties as object | undefined) }).toEqual(at === 5 ? kept : {});
      }),
    );
  });

  it("SUBSCRIBE and UNSUBSCRIBE", () => {
    const filters = fc.array(fc.record({ filter: text, qos }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(level, uint16, filters, (at, messageId, wanted) => {
        const subscribed = parsed(at, writeSubscribe(at, messageId, wanted));
        const subscriptions = wanted.map(({ filter, qos }) => expect.objectContaining({ topic: filter, qos }));
        expect(subscribed).toMatchObject({ cmd: "subscribe", messageId, subscriptions });
        const names = wanted.map(({ filter }) => filter);
        const unsubscribed = parsed(at, writeUnsubscribe(at, messageId, names));
        expect(unsubscribed).toMatchObject({ cmd: "unsubscribe", messageId, unsubscriptions: names });
      }),
    );
  });

  it("PUBACK, of MQTT 5 with its reason code", () => {
    fc.assert(
      fc.property(level, uint16, fc.constantFrom(0, 0x10, 0x80, 0x97), (at, messageId, code) => {
        const packet = parsed(at, writePuback(at, messageId, code));
        expect(packet).toMatchObject({ cmd: "puback", messageId });
        if (at === 5) expect(packet).toMatchObject({ reasonCode: code });
      }),
    );
  });

  it.each([3, 4, 5] as const)("PINGREQ and DISCONNECT at level %i", (at) => {
    expect(parsed(at, PINGREQ)).toMatchObject({ cmd: "pingreq" });
    expect(parsed(at, DISCONNECT)).toMatchObject({ cmd: "disconnect" });
  });
});

describe("what cannot be written", () => {
  it("is a string longer than its length field can say (MQTT 5.0, 1.5.4)", () => {
    const longest = "x".repeat(0xffff);
    expect(parsed(4, writePublish(4, { topic: longest, payload: "", qos: 0, packetId: 0 }))).toBeDefined();
    expect(() => writePublish(4, { topic: `${longest}x`, payload: "", qos: 0, packetId: 0 })).toThrow(RangeError);
  });

  it("is a packet longer than its remaining length can say (MQTT 5.0, 2.1.4)", () => {
    // Only its length is read before it is refused.
    const payload = { length: 2 ** 28 } as Uint8Array;
    expect(() => writePublish(4, { topic: "t", payload, qos: 0, packetId: 0 })).toThrow(RangeError);
  });
});
