/** The v2 topic families and protobuf payloads (contract 6.3), in both versions. */
import protobuf from "protobufjs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { DeliverEffect } from "../../driver.ts";
import { type BareMqtt, startBareMqtt } from "../../testing/bare-mqtt.ts";
import { RawDevice } from "../../testing/raw-device.ts";
import type { DeviceConnection, PublishReader } from "../device-publish.ts";

const V1_FILTER = "v1/devices/me/rpc/request/+";
const { root } = protobuf.parse(`
  syntax = "proto3";
  message Request { string method = 1; int32 requestId = 2; string params = 3; }
  message Response { string payload = 1; }
`);
const Request = root.lookupType("Request");
const Response = root.lookupType("Response");

let bare: BareMqtt;
const read: string[] = [];
const connections: DeviceConnection[] = [];
const reader: PublishReader = {
  read(connection, { topic, payload }) {
    connections.push(connection);
    read.push(`${topic} ${payload}`);
    return undefined;
  },
  ended: () => {},
};
beforeEach(async () => {
  read.length = 0;
  bare = await startBareMqtt({ readers: [reader] });
});
afterEach(() => bare.transport.close());

/** Sends a request to the only session. */
const deliver = (session = 1): void => {
  const effect = {
    device: "D",
    session,
    requestId: 7,
    method: "m",
    params: '{"a":9007199254740993}',
    awaitsAck: false,
  };
  bare.sessions.deliver({ ...effect, kind: "deliver", call: 0 } as DeliverEffect);
};

describe.each([4, 5] as const)("version %i", (version) => {
  const connected = async (): Promise<RawDevice> => {
    const device = new RawDevice(bare.port, version);
    expect(await device.connect({ username: "D" })).toBe(0);
    return device;
  };
  const publish = async (device: RawDevice, topic: string, payload: Uint8Array | string): Promise<void> => {
    device.send({
      cmd: "publish",
      topic,
      payload: Buffer.from(payload),
      qos: 1,
      messageId: 9,
      dup: false,
      retain: false,
    });
    await device.next("puback");
  };

  test.each([
    ["v2/r/req/+", "v2/r/req/7"],
    ["v2/r/req/j/+", "v2/r/req/j/7"],
    [V1_FILTER, "v1/devices/me/rpc/request/7"],
  ])("%s: requests on %s, as JSON", async (filter, topic) => {
    const device = await connected();
    expect(await device.subscribe([filter], 1)).toEqual([1]);
    deliver();
    const request = await device.next("publish");
    expect([request.topic, request.payload.toString()]).toEqual([
      topic,
      '{"method":"m","params":{"a":9007199254740993}}',
    ]);
    device.socket.destroy();
  });

  test("v2/r/req/p/+: requests as protobuf", async () => {
    const device = await connected();
    await device.subscribe(["v2/r/req/p/+"], 0);
    deliver();
    const request = await device.next("publish");
    expect(request).toMatchObject({ topic: "v2/r/req/p/7", qos: 0 });
    const fields = { method: "m", requestId: 7, params: '{"a":9007199254740993}' };
    expect(Request.decode(request.payload as Buffer)).toMatchObject(fields);
    device.socket.destroy();
  });

  test("the last RPC filter decides on topic and QoS; one UNSUBSCRIBE stops all", async () => {
    const device = await connected();
    await device.subscribe([V1_FILTER, "v2/r/req/j/+"], 1);
    await device.subscribe(["v2/r/req/+"], 0);
    deliver();
    expect(await device.next("publish")).toMatchObject({ topic: "v2/r/req/7", qos: 0 });
    await device.subscribe([V1_FILTER], 1);
    deliver();
    expect(await device.next("publish")).toMatchObject({ topic: "v1/devices/me/rpc/request/7", qos: 1 });
    expect(bare.events).toEqual(["D", "D", "D without acks", "D"]);
    device.send({ cmd: "unsubscribe", messageId: 2, unsubscriptions: ["v2/r/req/j/+"] });
    await device.next("unsuback");
    expect(bare.events.at(-1)).toBe("unsubscribed D");
    device.socket.destroy();
  });

  test("a response may use any family", async () => {
    const device = await connected();
    await device.subscribe(["v2/r/req/+"], 1);
    await publish(device, "v1/devices/me/rpc/response/1", "one");
    await publish(device, "v2/r/res/2", "two");
    await publish(device, "v2/r/res/j/3", "three");
    await publish(device, "v2/r/res/p/4", Response.encode({ payload: '"four"' }).finish());
    expect(bare.replies).toEqual(["D/1: one", "D/2: two", "D/3: three", 'D/4: "four"']);
    device.socket.destroy();
  });

  test("a protobuf response that cannot be read is malformed", async () => {
    const device = await connected();
    const truncated = Response.encode({ payload: "a long payload" }).finish().subarray(0, 5);
    const message = { topic: "v2/r/res/p/4", payload: Buffer.from(truncated), dup: false, retain: false } as const;
    device.send({ cmd: "publish", qos: 1, messageId: 9, ...message });
    if (version === 5) expect(await device.next("puback")).toMatchObject({ reasonCode: 0x99 });
    else await device.closed;
    device.socket.destroy();
    expect(bare.replies).toEqual([]);
  });

  test("a client-side call in protobuf is read as JSON, and its answer is protobuf again", async () => {
    const device = await connected();
    await publish(device, "v2/r/req/p/5", Request.encode({ method: "getTime", params: "[1]" }).finish());
    await publish(device, "v2/r/req/p/6", Request.encode({ method: "getTime" }).finish());
    await publish(device, "v2/r/req/p/7", Request.encode({ method: "getTime", params: "plain text" }).finish());
    expect(read).toEqual([
      'v2/r/req/p/5 {"method":"getTime","params":[1]}',
      'v2/r/req/p/6 {"method":"getTime","params":null}',
      'v2/r/req/p/7 {"method":"getTime","params":"plain text"}',
    ]);
    connections.at(-1)?.publish("v2/r/res/p/5", '{"time":1}');
    const answer = await device.next("publish");
    expect(Response.decode(answer.payload as Buffer)).toMatchObject({ payload: '{"time":1}' });
    device.socket.destroy();
  });

  test("data and firmware topics of every family are acknowledged", async () => {
    const device = await connected();
    const json = ["v2/t", "v2/t/j", "v2/a", "v2/a/j", "v2/a/req/1", "v2/a/req/j/1"];
    for (const topic of json) await publish(device, topic, "{}");
    const others = ["v2/t/p", "v2/a/p", "v2/a/req/p/1", "v2/fw/request/1/chunk/0", "v2/sw/request/1/chunk/0"];
    for (const topic of [...others, "v1/devices/me/claim"]) await publish(device, topic, Uint8Array.of(0xff));
    device.socket.destroy();
  });
});
