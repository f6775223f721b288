import { PassThrough } from "node:stream";
import { generate } from "mqtt-packet";
import { describe, expect, test } from "vitest";
import { startBareMqtt } from "../../testing/bare-mqtt.ts";
import { RawDevice } from "../../testing/raw-device.ts";
import { peekVersion, readConnectVersion } from "./arrival.ts";

const connect = (protocolVersion: 3 | 4 | 5, bridgeMode = false): Buffer =>
  generate(
    {
      cmd: "connect",
      protocolId: protocolVersion === 3 ? "MQIsdp" : "MQTT",
      protocolVersion,
      bridgeMode,
      clean: true,
      clientId: "x",
      username: "D",
      // Makes the length field two bytes long.
      password: Buffer.alloc(200),
    } as Parameters<typeof generate>[0],
    { protocolVersion },
  );

describe("the version of a CONNECT", () => {
  test.each([3, 4, 5] as const)("%i is read from as few bytes as there must be", (version) => {
    const bytes = connect(version);
    const enough = version === 3 ? 12 : 10;
    for (let length = 0; length < bytes.length; length++) {
      expect(readConnectVersion(bytes.subarray(0, length))).toBe(length < enough ? "incomplete" : version);
    }
  });

  test("a bridge's flag does not count", () => {
    expect(readConnectVersion(connect(4, true))).toBe(4);
  });

  test.each([
    ["another packet", [0x30, 2, 0, 0]],
    ["HTTP", [...Buffer.from("GET / HTTP/1.1")]],
    ["a TLS hello", [0x16, 3, 1, 2, 0, 1]],
    ["a length of five bytes", [0x10, 0xff, 0xff, 0xff, 0xff, 1]],
    ["a name of another length", [0x10, 12, 0, 5, 0x4d]],
  ])("%s is none", (_name, bytes) => {
    expect(readConnectVersion(Buffer.from(bytes))).toBe("invalid");
  });

  test("what was read is put back", () => {
    const stream = new PassThrough();
    let version: number | string | undefined;
    peekVersion(stream, (known) => {
      version = known;
    });
    stream.write(connect(5));
    stream.emit("readable");
    expect(version).toBe(5);
    expect(stream.read()).toEqual(connect(5));
  });
});

test.each([4, 5] as const)(
  "version %i: packets that come byte by byte, or all at once, are understood",
  async (version) => {
    const bare = await startBareMqtt();
    const subscribe = generate(
      { cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "v1/devices/me/rpc/request/+", qos: 1 }] },
      { protocolVersion: version },
    );
    const all = Buffer.concat([connect(version), subscribe]);
    for (const size of [1, 2, 3, 7, 11, 64, all.length]) {
      const device = new RawDevice(bare.port, version);
      for (let at = 0; at < all.length; at += size) {
        device.socket.write(all.subarray(at, at + size));
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect((await device.next("suback")).granted).toEqual([1]);
      device.socket.destroy();
      await device.closed;
    }
    await bare.transport.close();
  },
);
