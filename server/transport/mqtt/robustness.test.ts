/** Whatever one connection sends, the server lives on and no other session notices. */
import { connect as connectTcp } from "node:net";
import fc from "fast-check";
import { generate, type Packet } from "mqtt-packet";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DeliverEffect } from "../../driver.ts";
import { type BareMqtt, startBareMqtt } from "../../testing/bare-mqtt.ts";
import { RawDevice, subscribedDevice } from "../../testing/raw-device.ts";

const RPC = "v1/devices/me/rpc/request/+";
const RUNS = 150;

let bare: BareMqtt;
let bystanders: readonly RawDevice[];
beforeAll(async () => {
  bare = await startBareMqtt();
  bystanders = [await subscribedDevice(bare.port, "B4", 1, 4), await subscribedDevice(bare.port, "B5", 1, 5)];
});
afterAll(async () => {
  for (const device of bystanders) device.socket.destroy();
  await bare.transport.close();
});

let requestId = 0;
const expectBystandersServed = async (): Promise<void> => {
  for (const [i, device] of bystanders.entries()) {
    const effect = { session: i + 1, requestId: requestId++, method: "m", params: "1", awaitsAck: true };
    bare.sessions.deliver({ ...effect, kind: "deliver", call: 0, device: `B${i + 4}` } as DeliverEffect);
    const request = await device.next("publish");
    expect(request.topic).toBe(`v1/devices/me/rpc/request/${effect.requestId}`);
    device.send({ cmd: "puback", messageId: request.messageId as number });
    await device.publish(request.topic.replace("request", "response"), "1");
    expect(bare.replies.at(-1)).toBe(`B${i + 4}/${effect.requestId}: 1`);
    expect(device.unread("publish")).toBe(0);
  }
};

/** Sends all of it and waits until the server has closed, or has read it all and answered what it could. */
function offer(bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    const socket = connectTcp({ port: bare.port, host: "127.0.0.1" }, () => {
      // The server ends its side when it has seen the end of ours.
      socket.end(bytes);
    });
    socket.resume();
    socket.on("error", () => {});
    socket.once("close", () => resolve());
  });
}

const packets = (version: 4 | 5): Buffer[] => {
  const message = { topic: "v1/devices/me/telemetry", payload: "{}", dup: false, retain: false } as const;
  const list = [
    { cmd: "publish", qos: 1, messageId: 3, ...message },
    { cmd: "publish", qos: 2, messageId: 4, ...message },
    { cmd: "publish", qos: 1, messageId: 5, ...message, topic: "v1/devices/me/rpc/response/1" },
    { cmd: "subscribe", messageId: 1, subscriptions: [{ topic: RPC, qos: 1 }] },
    { cmd: "unsubscribe", messageId: 2, unsubscriptions: [RPC] },
    { cmd: "puback", messageId: 1 },
    { cmd: "pubrec", messageId: 1 },
    { cmd: "pubrel", messageId: 1 },
    { cmd: "pubcomp", messageId: 1 },
    { cmd: "pingreq" },
    { cmd: "pingresp" },
    { cmd: "connack", returnCode: 0, reasonCode: 0, sessionPresent: false },
    { cmd: "suback", messageId: 1, granted: [0] },
    { cmd: "unsuback", messageId: 1, granted: [0] },
    { cmd: "disconnect", reasonCode: 0 },
    ...(version === 5 ? [{ cmd: "auth", reasonCode: 0 }] : []),
  ] as Packet[];
  return list.map((packet) => generate(packet, { protocolVersion: version }));
};

const connectBytes = (version: 4 | 5, fields: object = {}): Buffer =>
  generate(
    { cmd: "connect", protocolVersion: version, clean: true, clientId: "f", username: "F", ...fields } as Packet,
    {
      protocolVersion: version,
    },
  );

const garbage = fc.uint8Array({ minLength: 1, maxLength: 200 }).map((bytes) => Buffer.from(bytes));

describe.each([4, 5] as const)("version %i", (version) => {
  const connect = connectBytes(version, {
    password: Buffer.from("x"),
    ...(version === 5 ? { properties: { maximumPacketSize: 1_000, userProperties: { a: "b" } } } : {}),
    will: { topic: "t", payload: Buffer.from("w"), qos: 1, retain: true },
  });
  const valid = packets(version);
  const mutated = fc
    .tuple(fc.constantFrom(connect, ...valid), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }), fc.nat())
    .map(([packet, changes, cut]) => {
      const bytes = Buffer.from(packet);
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      return bytes.subarray(0, cut % 3 === 0 ? cut % bytes.length : bytes.length);
    });

  test("bytes of any kind behind CONNECT", async () => {
    await fc.assert(
      fc.asyncProperty(garbage, (bytes) => offer(Buffer.concat([connect, bytes]))),
      { numRuns: RUNS },
    );
    await expectBystandersServed();
  });

  test("packets that were changed, cut or put in any order", async () => {
    const stream = fc.array(fc.oneof(mutated, fc.constantFrom(connect, ...valid)), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(fc.boolean(), stream, (first, rest) =>
        offer(Buffer.concat([...(first ? [connect] : []), ...rest])),
      ),
      { numRuns: 3 * RUNS },
    );
    await expectBystandersServed();
  });

  test("every beginning of a CONNECT, and of each packet behind one", async () => {
    for (let length = 0; length < connect.length; length++) await offer(connect.subarray(0, length));
    for (const packet of valid) {
      for (let length = 1; length < packet.length; length++) {
        await offer(Buffer.concat([connect, packet.subarray(0, length)]));
      }
    }
    await expectBystandersServed();
  });

  test("a connection that is reset at any moment", async () => {
    for (const wait of [0, 1, 2, 5]) {
      const device = new RawDevice(bare.port, version);
      device.send({ cmd: "connect", protocolVersion: version, clean: true, clientId: "r", username: "R" });
      for (let i = 0; i < 50; i++) device.socket.write(valid[i % 5] as Buffer);
      for (let i = 0; i < wait; i++) await new Promise((resolve) => setImmediate(resolve));
      device.socket.resetAndDestroy();
      await device.closed;
    }
    await expectBystandersServed();
  });
});

test("bytes that are no MQTT at all", async () => {
  await fc.assert(
    fc.asyncProperty(garbage, (bytes) => offer(bytes)),
    { numRuns: RUNS },
  );
  await offer(Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
  await expectBystandersServed();
});

test("nothing is left of all these connections", async () => {
  await expect.poll(() => bare.sessions.size).toBe(2);
});
