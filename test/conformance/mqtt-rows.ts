/** Sections 6 and 7: the MQTT side of devices. */
import type { Row } from "./row.ts";
import { expectEqual, expectThat } from "./world.ts";

const RPC = "v1/devices/me/rpc/request/+";

export const MQTT_ROWS: readonly Row[] = [
  ...([3, 4, 5] as const).map(
    (version): Row => ({
      contract: "6.1",
      rule: `MQTT ${{ 3: "3.1", 4: "3.1.1", 5: "5" }[version]} connects with the token as its user name`,
      check: async (world) => {
        const device = await world.device();
        expectEqual(await world.socket(version).connect({ username: device.token }), 0, "CONNACK");
      },
    }),
  ),
  {
    contract: "6.1",
    rule: "an unknown token is refused: 5 in 3.1.1, 0x86 in 5",
    check: async (world) => {
      expectEqual(await world.socket().connect({ username: "no such token" }), 5, "3.1.1");
      expectEqual(await world.socket(5).connect({ username: "no such token" }), 0x86, "5");
    },
  },
  {
    contract: "6.1",
    rule: "a client id alone is refused with 2, and 0x85 in MQTT 5",
    check: async (world) => {
      expectEqual(await world.socket().connect({ clientId: "only" }), 2, "3.1.1");
      expectEqual(await world.socket(5).connect({ clientId: "only" }), 0x85, "5");
    },
  },
  {
    contract: "6.2",
    rule: "subscriptions are granted at most QoS 1, and QoS 2 publishes get a PUBACK",
    check: async (world) => {
      const device = await world.device();
      const link = world.socket();
      await link.connect({ username: device.token });
      expectEqual(await link.subscribe([RPC], 2), [1], "SUBACK");
      await link.publish("v1/devices/me/telemetry", '{"a":1}', { qos: 2 });
    },
  },
  {
    contract: "6.2",
    rule: "a newer connection closes the older one",
    check: async (world) => {
      const device = await world.listening();
      await world.socket().connect({ username: device.token });
      await device.link.closed;
    },
  },
  {
    contract: "6.3",
    rule: "only the exact filters are granted; the others get 0x80, and 0x8F in MQTT 5",
    check: async (world) => {
      const device = await world.device();
      const link = world.socket();
      await link.connect({ username: device.token });
      const filters = ["#", "v1/devices/me/+", `/${RPC}`, RPC, "v1/gateway/rpc"];
      expectEqual(await link.subscribe(filters, 1), [0x80, 0x80, 0x80, 1, 1], "SUBACK");
      const five = world.socket(5);
      await five.connect({ username: device.token });
      expectEqual(await five.subscribe(["#", RPC], 1), [0x8f, 1], "SUBACK of MQTT 5");
    },
  },
  ...(["v1/devices/me/rpc/request/", "v2/r/req/", "v2/r/req/j/"] as const).map(
    (prefix): Row => ({
      contract: "6.3",
      rule: `requests come on ${prefix}{id} to who subscribed to it, and replies on its family count`,
      check: async (world) => {
        const device = await world.listening(1, `${prefix}+`);
        const reply = world.call(device.id, { timeout: 10_000 });
        const request = await device.link.next("publish");
        expectThat(request.topic.startsWith(prefix), `topic ${request.topic}`);
        const answer = request.topic.replace("rpc/request", "rpc/response").replace("/req/", "/res/");
        await device.link.publish(answer, '"yes"');
        expectEqual((await reply).body, '"yes"', "answer");
      },
    }),
  ),
  ...([0, 1] as const).map(
    (qos): Row => ({
      contract: "6.3",
      rule: `requests come at the QoS of the subscription: ${qos}`,
      check: async (world) => {
        const device = await world.listening(qos);
        const reply = world.call(device.id, { timeout: 10_000 });
        const request = await device.link.next("publish");
        expectEqual(request.qos, qos, "QoS");
        await device.link.publish(request.topic.replace("request", "response"), "1");
        await reply;
      },
    }),
  ),
  {
    contract: "6.3, S14",
    rule: "after UNSUBSCRIBE no request comes",
    check: async (world) => {
      const device = await world.listening();
      device.link.send({ cmd: "unsubscribe", messageId: 2, unsubscriptions: [RPC] });
      await device.link.next("unsuback");
      const reply = await world.call(device.id, { timeout: world.target.minTimeoutMs });
      expectEqual([reply.status, device.link.unread("publish")], [504, 0], "answer and requests");
    },
  },
  {
    contract: "6.5",
    rule: "an unknown topic is acknowledged, with 0x90 in MQTT 5",
    check: async (world) => {
      const device = await world.device();
      const link = world.socket();
      await link.connect({ username: device.token });
      await link.publish("v1/no/such/topic", "{}");
      const five = world.socket(5);
      await five.connect({ username: device.token });
      five.send({
        cmd: "publish",
        topic: "v1/no/such",
        payload: "{}",
        qos: 1,
        messageId: 9,
        dup: false,
        retain: false,
      });
      expectEqual((await five.next("puback")).reasonCode, 0x90, "reason code");
    },
  },
  {
    contract: "6.5",
    rule: "a reply whose id is no number closes the connection",
    check: async (world) => {
      const device = await world.listening();
      const topic = "v1/devices/me/rpc/response/abc";
      device.link.send({ cmd: "publish", topic, payload: "1", qos: 1, messageId: 9, dup: false, retain: false });
      await device.link.closed;
    },
  },
  {
    contract: "S20, 6.3, 6.5",
    rule: "beyond its message limit a device is granted a subscription that brings nothing, and a reply closes its connection",
    needs: { deviceMessageLimits: "1:1000000" },
    check: async (world) => {
      const device = await world.listening();
      const reply = await world.call(device.id, { timeout: world.target.minTimeoutMs });
      expectEqual([reply.status, device.link.unread("publish")], [504, 0], "answer and requests");
      const topic = "v1/devices/me/rpc/response/0";
      device.link.send({ cmd: "publish", topic, payload: "1", qos: 1, messageId: 9, dup: false, retain: false });
      await device.link.closed;
      expectEqual(device.link.unread("puback"), 0, "acknowledgements");
      expectEqual(await world.socket().connect({ username: device.token }), 3, "CONNACK");
      expectEqual(await world.socket(5).connect({ username: device.token }), 0x9f, "CONNACK of MQTT 5");
    },
  },
  {
    contract: "7.2",
    rule: "getSessionLimits is answered at once",
    check: async (world) => {
      const device = await world.listening();
      const topic = "v1/devices/me/rpc/request/1";
      await device.link.publish(topic, '{"method":"getSessionLimits","params":{"timeout":5000}}');
      const answer = await device.link.next("publish");
      expectEqual(answer.topic, "v1/devices/me/rpc/response/1", "topic");
      const limits = JSON.parse(answer.payload.toString()) as Record<string, unknown>;
      expectThat("rateLimits" in limits && "maxPayloadSize" in limits, "rateLimits and maxPayloadSize are there");
    },
  },
  {
    contract: "8",
    rule: "a gateway's sub-device is called and answers through it",
    check: async (world) => {
      const gateway = await world.device({ additionalInfo: { gateway: true } });
      const link = world.socket();
      await link.connect({ username: gateway.token });
      await link.subscribe(["v1/gateway/rpc"], 0);
      const name = `${gateway.name} child`;
      await link.publish("v1/gateway/connect", JSON.stringify({ device: name, type: "meter" }));
      const found = await world.send(`/api/tenant/devices?deviceName=${encodeURIComponent(name)}`);
      const child = (JSON.parse(found.body) as { id: { id: string } }).id.id;
      const reply = world.call(child, { timeout: 10_000, params: { addr: 1 } });
      const request = JSON.parse((await link.next("publish")).payload.toString()) as {
        device: string;
        data: { id: number; method: string; params: unknown };
      };
      expectEqual([request.device, request.data.method, request.data.params], [name, "m", { addr: 1 }], "request");
      const answer = { device: name, id: request.data.id, data: { value: 2301 } };
      await link.publish("v1/gateway/rpc", JSON.stringify(answer));
      expectEqual((await reply).body, '{"value":2301}', "answer");
      await world.send(`/api/device/${child}`, { method: "DELETE" });
    },
  },
];
