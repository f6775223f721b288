/** What each version makes of a PublishVerdict, and what a PublishReader may do (contract 6.5, 8.3). */
import { afterEach, describe, expect, test } from "vitest";
import { type BareMqtt, type BareMqttOptions, startBareMqtt } from "../../testing/bare-mqtt.ts";
import { RawDevice, type Version } from "../../testing/raw-device.ts";
import type { DeviceConnection, PublishReader, PublishVerdict } from "../device-publish.ts";

let bare: BareMqtt | undefined;
const start = async (options: BareMqttOptions): Promise<BareMqtt> => {
  bare = await startBareMqtt(options);
  return bare;
};
afterEach(() => bare?.transport.close());

const connected = async ({ port }: BareMqtt, version: Version, name = "D"): Promise<RawDevice> => {
  const device = new RawDevice(port, version);
  expect(await device.connect({ username: name })).toBe(0);
  return device;
};
const publish = (device: RawDevice, topic: string, qos: 0 | 1, payload = "{}") =>
  device.send({ cmd: "publish", topic, payload, qos, messageId: 9, dup: false, retain: false });

/** Gives the verdict that the topic names. */
const named: PublishReader = {
  read: (_connection, { topic }) => {
    if (topic === "say/fault") throw new Error("a reader fails");
    return topic.startsWith("say/") ? (topic.slice(4) as PublishVerdict) : undefined;
  },
  ended: () => {},
};

type Row = readonly [PublishVerdict, puback: number | undefined, disconnect: number | "open"];
const ANSWERS: Readonly<Record<4 | 5, Readonly<Record<0 | 1, readonly Row[]>>>> = {
  4: {
    1: [
      ["accepted", 0, "open"],
      ["unknown_topic", 0, "open"],
      ["malformed", undefined, 0],
      ["invalid_request", undefined, 0],
      ["wrong_shape", 0, 0],
      ["failed", 0, "open"],
      ["fault", undefined, 0],
      ["dropped", undefined, "open"],
    ],
    0: [
      ["accepted", undefined, "open"],
      ["unknown_topic", undefined, "open"],
      ["malformed", undefined, 0],
      ["invalid_request", undefined, 0],
      ["wrong_shape", undefined, 0],
      ["failed", undefined, "open"],
      ["fault", undefined, 0],
      ["dropped", undefined, "open"],
    ],
  },
  5: {
    1: [
      ["accepted", 0, "open"],
      ["unknown_topic", 0x90, "open"],
      ["malformed", 0x99, "open"],
      ["invalid_request", undefined, 0x8b],
      ["wrong_shape", 0x83, 0x83],
      ["failed", 0x80, "open"],
      ["fault", undefined, 0x83],
      ["dropped", undefined, "open"],
    ],
    0: [
      ["accepted", undefined, "open"],
      ["unknown_topic", undefined, "open"],
      ["malformed", undefined, 0x99],
      ["invalid_request", undefined, 0x8b],
      ["wrong_shape", undefined, 0x83],
      ["failed", undefined, "open"],
      ["fault", undefined, 0x83],
      ["dropped", undefined, "open"],
    ],
  },
};

describe.each([4, 5] as const)("version %i", (version) => {
  describe.each([0, 1] as const)("at QoS %i", (qos) => {
    test.each(ANSWERS[version][qos])("%s", async (verdict, puback, disconnect) => {
      const device = await connected(await start({ readers: [named] }), version);
      publish(device, `say/${verdict}`, qos);
      device.send({ cmd: "pingreq" });
      if (disconnect === "open") await device.next("pingresp");
      else await device.closed;
      expect(device.unread("puback")).toBe(puback === undefined ? 0 : 1);
      if (puback !== undefined) expect((await device.next("puback")).reasonCode ?? 0).toBe(puback);
      expect(device.unread("disconnect")).toBe(version === 5 && disconnect !== "open" ? 1 : 0);
      if (device.unread("disconnect") > 0)
        expect(await device.next("disconnect")).toMatchObject({ reasonCode: disconnect });
      device.socket.destroy();
    });
  });

  test("what a reader publishes while it reads follows the acknowledgement", async () => {
    const answers: PublishReader = {
      read(connection, { topic }) {
        connection.publish(topic.replace("request", "response"), '"answer"');
        return "accepted";
      },
      ended: () => {},
    };
    const device = await connected(await start({ readers: [answers] }), version);
    const order: string[] = [];
    for (const cmd of ["puback", "publish"] as const) void device.next(cmd).then(() => order.push(cmd));
    publish(device, "v1/devices/me/rpc/request/1", 1);
    await expect.poll(() => order).toEqual(["puback", "publish"]);
    device.socket.destroy();
  });

  test("a reader's publish has the QoS of the matching subscription, or 1", async () => {
    let connection: DeviceConnection | undefined;
    const keeps: PublishReader = {
      read(given) {
        connection = given;
        return undefined;
      },
      ended: () => {},
    };
    const device = await connected(await start({ readers: [keeps] }), version);
    publish(device, "v1/devices/me/telemetry", 1);
    await device.next("puback");
    await device.subscribe(["v1/gateway/rpc", "v1/devices/me/rpc/response/+"], 0);
    for (const topic of ["v1/gateway/rpc", "v1/devices/me/rpc/response/4", "v2/r/res/4", "v1/gateway/attributes"]) {
      connection?.publish(topic, "x");
    }
    const got = [];
    for (let i = 0; i < 4; i++) {
      const { topic, qos, messageId } = await device.next("publish");
      got.push([topic, qos, messageId]);
    }
    expect(got).toEqual([
      ["v1/gateway/rpc", 0, undefined],
      ["v1/devices/me/rpc/response/4", 0, undefined],
      ["v2/r/res/4", 1, 3],
      ["v1/gateway/attributes", 1, 4],
    ]);
    device.socket.destroy();
  });

  test("readers are asked in turn, for anything but a response, and hear once of the end", async () => {
    const heard: string[] = [];
    const reader = (name: string, verdict?: PublishVerdict): PublishReader => ({
      read(_connection, { topic, payload }) {
        heard.push(`${name} ${topic} ${payload}`);
        return topic === "mine" ? verdict : undefined;
      },
      ended: ({ device }) => heard.push(`${name} ended ${device}`),
    });
    const bareMqtt = await start({ readers: [reader("first"), reader("second", "accepted")] });
    const device = await connected(bareMqtt, version);
    publish(device, "v1/devices/me/rpc/response/1", 1, "reply");
    await device.next("puback");
    publish(device, "mine", 1, "a");
    await device.next("puback");
    expect(heard).toEqual(["first mine a", "second mine a"]);
    expect(bareMqtt.replies).toEqual(["D/1: reply"]);
    device.socket.destroy();
    await expect.poll(() => heard.slice(2)).toEqual(["first ended D", "second ended D"]);
    expect(bareMqtt.sessions.size).toBe(0);
  });

  test("a connection that was taken over has ended for its readers before the newer one opens", async () => {
    const heard: string[] = [];
    const reader: PublishReader = { read: () => undefined, ended: ({ device }) => heard.push(device) };
    const bareMqtt = await start({ readers: [reader] });
    const older = await connected(bareMqtt, version);
    const newer = await connected(bareMqtt, version);
    expect(heard).toEqual(["D"]);
    await older.closed;
    newer.socket.destroy();
    await expect.poll(() => heard).toEqual(["D", "D"]);
  });
});

test("Tempus closes on an unknown topic and on bad JSON, keeps depth telemetry, acknowledges an event and closes", async () => {
  const tempus = await start({ dialect: "tempus" });
  for (const [topic, payload, pubacks] of [
    ["no/such/topic", "{}", 0],
    ["v2/t", "{}", 0],
    ["v2/r/res/1", "{}", 0],
    ["v1/devices/me/claim", "{}", 0],
    ["v1/devices/me/telemetry", '{"a":', 0],
    ["v1/devices/me/events", "{}", 1],
  ] as const) {
    const device = await connected(tempus, 4, topic);
    publish(device, topic, 1, payload);
    await device.closed;
    expect([topic, device.unread("puback")]).toEqual([topic, pubacks]);
  }
  const device = await connected(tempus, 4);
  publish(device, "v1/devices/me/depth/telemetry", 1);
  await device.next("puback");
  expect(await device.subscribe(["v1/gateway/rpc", "v2/r/req/+", "v1/gateway/attributes"], 1)).toEqual([0x80, 0x80, 1]);
  device.socket.destroy();
  expect(tempus.replies).toEqual([]);
});
