import fc from "fast-check";
import { generate, type Packet } from "mqtt-packet";
import { describe, expect, it } from "vitest";
import { readServerRequest } from "../../protocol/topic.ts";
import { MalformedPacket } from "./malformed-packet.ts";
import { type IncomingPublish, type PacketListener, readPacket } from "./mqtt-packet-reader.ts";
import { cutPackets } from "./mqtt-packet-stream.ts";
import type { ProtocolLevel } from "./mqtt-packet-type.ts";

const PREFIX = Buffer.from("v1/devices/me/rpc/request/");

/** What a session hears of a stream that arrives in these pieces. */
function heard(level: ProtocolLevel, ...pieces: readonly Buffer[]): unknown[] {
  const said: unknown[] = [];
  const listener: PacketListener = {
    connack: (code, sessionPresent, properties) => said.push({ connack: code, sessionPresent, properties }),
    publish: (publish) => said.push({ ...fieldsOf(publish), id: publish.idAfter(PREFIX) }),
    puback: (id, code) => said.push({ puback: id, code }),
    suback: (id, codes) => said.push({ suback: id, codes: [...codes] }),
    unsuback: (id, codes) => said.push({ unsuback: id, codes: [...codes] }),
    pingresp: () => said.push("pingresp"),
    disconnect: (code, properties) => said.push({ disconnect: code, properties }),
  };
  const receiver = {
    packet: (first: number, bytes: Buffer, start: number, end: number) => {
      readPacket(first, bytes, start, end, level, listener);
      return true;
    },
  };
  let rest: Buffer | undefined;
  for (const piece of pieces) rest = cutPackets(rest, piece, piece.length, receiver);
  return said;
}

function fieldsOf({ topic, payload, text, qos, dup, retain, packetId, properties }: IncomingPublish) {
  return { topic, payload: payload.toString("hex"), text, qos, dup, retain, packetId, properties };
}

/** A packet as mqtt-packet writes it, and what is to be heard of it. */
interface Sample {
  readonly level: ProtocolLevel;
  readonly packet: unknown;
  readonly hears: unknown;
}

const uint16 = fc.integer({ min: 1, max: 0xffff });
const uint32 = fc.integer({ min: 1, max: 0xffff_ffff });
const word = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }).filter((one) => !/[\0+#]/.test(one));
const bytes = fc.uint8Array({ maxLength: 30 }).map((one) => Buffer.from(one));
const level = fc.constantFrom<ProtocolLevel>(3, 4, 5);
const userProperties = fc.dictionary(fc.constantFrom("a", "b"), word, { minKeys: 1 });
const code5 = fc.constantFrom(0, 0x10, 0x80, 0x87, 0x97);

/** Property objects of mqtt-packet beside ours; what a device does not keep is in the first alone. */
function properties(pairs: Readonly<Record<string, readonly [fc.Arbitrary<unknown>, string | undefined]>>) {
  const theirs = fc.record(Object.fromEntries(Object.entries(pairs).map(([name, [value]]) => [name, value])), {
    requiredKeys: [],
  });
  return theirs.map((all) => {
    const kept = Object.entries(all).map(([name, value]) => [pairs[name]?.[1], value] as const);
    return { all, kept: Object.fromEntries(kept.filter(([name]) => name !== undefined)) };
  });
}

const publishProperties = properties({
  messageExpiryInterval: [uint32, "messageExpiryS"],
  responseTopic: [word, "responseTopic"],
  correlationData: [bytes, "correlationData"],
  topicAlias: [uint16, "topicAlias"],
  contentType: [word, undefined],
  payloadFormatIndicator: [fc.boolean(), undefined],
  subscriptionIdentifier: [fc.integer({ min: 1, max: 2 ** 28 - 1 }), undefined],
  userProperties: [userProperties, undefined],
});
const connackProperties = properties({
  sessionExpiryInterval: [uint32, "sessionExpiryS"],
  assignedClientIdentifier: [word, "assignedClientId"],
  serverKeepAlive: [uint16, "serverKeepAliveS"],
  receiveMaximum: [uint16, "receiveMaximum"],
  topicAliasMaximum: [uint16, "topicAliasMaximum"],
  maximumPacketSize: [uint32, "maximumPacketSize"],
  reasonString: [word, "reasonString"],
  retainAvailable: [fc.boolean(), undefined],
  wildcardSubscriptionAvailable: [fc.boolean(), undefined],
  authenticationMethod: [word, undefined],
  userProperties: [userProperties, undefined],
});
const reasons = properties({ reasonString: [word, "reasonString"], userProperties: [userProperties, undefined] });

const topic = fc.oneof(
  word,
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }).map((id) => `${PREFIX}${id}`),
);
const publish = fc
  .tuple(level, topic, bytes, fc.constantFrom(0, 1), fc.boolean(), uint16, publishProperties)
  .map(([at, topic, payload, qos, dup, messageId, { all, kept }]): Sample => {
    const packet = { cmd: "publish", topic, payload, qos, dup: dup && qos === 1, retain: dup, messageId };
    const packetId = qos === 1 ? messageId : 0;
    const id = readServerRequest(topic);
    const hears = { topic, payload: payload.toString("hex"), text: payload.toString(), qos, dup: packet.dup };
    return {
      level: at,
      packet: at === 5 ? { ...packet, properties: all } : packet,
      hears: { ...hears, retain: dup, packetId, id, properties: at === 5 ? kept : {} },
    };
  });
const connack = fc
  .tuple(level, fc.constantFrom(0, 1, 5), code5, fc.boolean(), connackProperties)
  .map(([at, returnCode, reasonCode, sessionPresent, { all, kept }]): Sample => {
    const present = sessionPresent && at > 3;
    const packet = { cmd: "connack", sessionPresent: present };
    return at === 5
      ? {
          level: at,
          packet: { ...packet, reasonCode, properties: all },
          hears: { connack: reasonCode, sessionPresent, properties: kept },
        }
      : {
          level: at,
          packet: { ...packet, returnCode },
          hears: { connack: returnCode, sessionPresent: present, properties: {} },
        };
  });
const acknowledgement = fc
  .tuple(level, fc.constantFrom("puback", "suback", "unsuback"), uint16, code5, reasons)
  .map(([at, cmd, messageId, code, { all }]): Sample => {
    const packet = { cmd, messageId, ...(at === 5 ? { properties: all } : {}) };
    if (cmd === "puback") {
      return {
        level: at,
        packet: { ...packet, reasonCode: code },
        hears: { puback: messageId, code: at === 5 ? code : 0 },
      };
    }
    const codes = cmd === "suback" || at === 5 ? [code === 0x10 ? 1 : code, 0] : [];
    return { level: at, packet: { ...packet, granted: codes }, hears: { [cmd]: messageId, codes } };
  });
const other = fc.oneof(
  level.map((at): Sample => ({ level: at, packet: { cmd: "pingresp" }, hears: "pingresp" })),
  fc.tuple(code5, reasons).map(
    ([reasonCode, { all, kept }]): Sample => ({
      level: 5,
      packet: { cmd: "disconnect", reasonCode, properties: all },
      hears: { disconnect: reasonCode, properties: kept },
    }),
  ),
);
const sample = fc.oneof({ arbitrary: publish, weight: 3 }, connack, acknowledgement, other);

function bytesOf({ level, packet }: Sample): Buffer {
  return generate(packet as Packet, { protocolVersion: level });
}

describe("what another codec writes", () => {
  it("is read", () => {
    fc.assert(
      fc.property(sample, (one) => {
        expect(heard(one.level, bytesOf(one))).toEqual([one.hears]);
      }),
      { numRuns: 500 },
    );
  });

  it("is read at every place where the network may cut it", () => {
    fc.assert(
      fc.property(publish, acknowledgement, (first, second) => {
        const second4 = { ...second, level: first.level };
        const stream = Buffer.concat([bytesOf(first), bytesOf(first.level === second.level ? second : first)]);
        const hears = [first.hears, first.level === second.level ? second4.hears : first.hears];
        for (let at = 1; at < stream.length; at++) {
          expect(heard(first.level, stream.subarray(0, at), stream.subarray(at))).toEqual(hears);
        }
      }),
      { numRuns: 30 },
    );
  });

  it("with a few bytes changed is read or is malformed, and nothing else happens", () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(sample, changes, (one, changed) => {
        const stream = bytesOf(one);
        for (const [place, byte] of changed) stream[place % stream.length] = byte;
        try {
          heard(one.level, stream);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedPacket);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("a request id read from bytes", () => {
  it("is the one read from the topic's text", () => {
    const tail = fc.oneof(
      fc.string({ unit: fc.constantFrom("0", "1", "9", "-", "+", " ", "x", "."), maxLength: 12 }),
      fc.constantFrom(
        "2147483647",
        "2147483648",
        "-2147483648",
        "-2147483649",
        "-",
        "-0",
        "",
        "0000000007",
        "00000000007",
      ),
    );
    fc.assert(
      fc.property(fc.constantFrom(`${PREFIX}`, "v1/devices/me/rpc/requesT/", ""), tail, (prefix, rest) => {
        const topic = `${prefix}${rest}`;
        const stream = generate({
          cmd: "publish",
          topic: topic || "t",
          payload: "",
          qos: 0,
          dup: false,
          retain: false,
        });
        let id: number | undefined;
        const listener = { publish: (one: IncomingPublish) => (id = one.idAfter(PREFIX)) } as unknown as PacketListener;
        readPacket(stream[0] as number, stream, 2, stream.length, 4, listener);
        const expected = readServerRequest(topic);
        expect(id).toBe(expected === undefined ? undefined : expected + 0);
      }),
      { numRuns: 500 },
    );
  });
});

describe("bytes that no server may send", () => {
  it.each<[string, ProtocolLevel, string]>([
    ["QoS 3 (MQTT-3.3.1-4)", 4, "36 05 0001 74 0001"],
    ["QoS 2, which was not subscribed", 4, "34 05 0001 74 0001"],
    ["packet id 0 (MQTT-2.3.1-1)", 4, "32 05 0001 74 0000"],
    ["a topic beyond its packet", 4, "30 03 0005 74"],
    ["no topic length", 4, "30 01 00"],
    ["no topic and no alias (MQTT-4.7.3-1)", 5, "30 03 0000 00"],
    ["a wildcard in a topic (MQTT-3.3.2-2)", 4, "30 03 0001 23"],
    ["U+0000 in a topic (MQTT-1.5.3-2)", 4, "30 03 0001 00"],
    ["a topic that is no UTF-8 (MQTT-1.5.3-1)", 4, "30 03 0001 ff"],
    ["reserved flags (MQTT-2.2.2-2)", 4, "41 02 0001"],
    ["reserved CONNACK flags (MQTT-3.2.2-1)", 4, "20 02 02 00"],
    ["CONNACK too short", 4, "20 01 00"],
    ["CONNACK too long", 4, "20 03 00 00 00"],
    ["PUBACK too long", 4, "40 03 0001 00"],
    ["PUBACK without id", 4, "40 00"],
    ["SUBACK without codes", 4, "90 02 0001"],
    ["UNSUBACK with codes", 4, "b0 03 0001 00"],
    ["PINGRESP with a body", 4, "d0 01 00"],
    ["DISCONNECT from a server of 3.1.1", 4, "e0 00"],
    ["a packet only devices send", 4, "c0 00"],
    ["packet type 0", 4, "00 00"],
    ["packet type 15 of 3.1.1", 4, "f0 00"],
    ["an unknown property", 5, "30 05 0001 74 01 7f"],
    ["a property of another packet", 5, "30 08 0001 74 04 210001 00"],
    ["a property twice", 5, "30 0a 0001 74 06 230001 230001"],
    ["topic alias 0 (MQTT-3.3.2-8)", 5, "30 07 0001 74 03 230000"],
    ["a property value out of range", 5, "30 06 0001 74 02 0102"],
    ["a property cut off", 5, "30 06 0001 74 02 2300"],
    ["properties beyond their packet", 5, "30 04 0001 74 05"],
    ["no property length", 5, "30 03 0001 74"],
    ["a property length of five bytes", 5, "30 08 0001 74 8080808001"],
    ["bytes after the properties", 5, "40 05 0001 00 00 00"],
  ])("%s", (_name, level, hex) => {
    const stream = Buffer.from(hex.replaceAll(" ", ""), "hex");
    expect(() => heard(level, stream)).toThrow(MalformedPacket);
  });

  it("leave what MQTT 5 lets a server leave out (3.4.2.1, 3.14.2.1)", () => {
    expect(heard(5, Buffer.from("40020001", "hex"))).toEqual([{ puback: 1, code: 0 }]);
    expect(heard(5, Buffer.from("4003000110", "hex"))).toEqual([{ puback: 1, code: 0x10 }]);
    expect(heard(5, Buffer.from("e000", "hex"))).toEqual([{ disconnect: 0, properties: {} }]);
  });

  it("are not a CONNACK of 3.1.1 to a device of MQTT 5: so a server refuses a version it does not know", () => {
    expect(heard(5, Buffer.from("20020001", "hex"))).toEqual([{ connack: 1, sessionPresent: false, properties: {} }]);
  });

  it("a topic named by its alias alone (MQTT 5.0, 3.3.2.1)", () => {
    const [said] = heard(5, Buffer.from("3006000003230007", "hex"));
    expect(said).toMatchObject({ topic: "", properties: { topicAlias: 7 } });
  });
});
