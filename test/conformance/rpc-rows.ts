/** Sections 4 and 11: calls over REST, and how they end. */
import type { Row } from "./row.ts";
import { expectEqual, expectProblem, expectThat, type Reply, type World } from "./world.ts";

const UNKNOWN = "00000000-0000-4000-8000-000000000000";
const V1 = "/api/plugins/rpc/twoway";
const V2 = "/api/rpc/twoway";

/** What a device that answers `payload` makes of a call. */
async function answered(world: World, payload: string): Promise<Reply> {
  const device = await world.listening();
  const reply = world.call(device.id, { timeout: 10_000 });
  await device.link.answer(payload);
  return reply;
}

const timeoutOf = (world: World): object => ({ timeout: world.target.minTimeoutMs });

export const RPC_ROWS: readonly Row[] = [
  ...(["/api/plugins/rpc", "/api/rpc"] as const).map(
    (family): Row => ({
      contract: "4.1",
      rule: `${family} takes a body of any content type`,
      check: async (world) => {
        const device = await world.listening();
        const headers = { "content-type": "application/x-www-form-urlencoded" };
        const body = '{"method":"setGpio","params":{"pin":"23","value":1}}';
        const reply = world.send(`${family}/twoway/${device.id}`, { body, headers });
        const { text } = await device.link.answer('{"done":true}');
        expectEqual(JSON.parse(text), { method: "setGpio", params: { pin: "23", value: 1 } }, "what the device got");
        expectEqual([(await reply).status, (await reply).body], [200, '{"done":true}'], "answer");
      },
    }),
  ),
  {
    contract: "4.2",
    rule: "absent params reach the device as null, and a method that is no text as its text",
    check: async (world) => {
      const device = await world.listening();
      const reply = world.send(`${V2}/${device.id}`, { body: '{"method":5}' });
      const { text } = await device.link.answer("1");
      expectEqual(JSON.parse(text), { method: "5", params: null }, "what the device got");
      await reply;
    },
  },
  {
    contract: "4.2",
    rule: "an expirationTime in the past is answered as a timeout about 1 s later",
    check: async (world) => {
      const device = await world.device();
      const started = Date.now();
      const reply = await world.call(device.id, { expirationTime: 1 });
      expectEqual([reply.status, reply.body], [504, ""], "answer");
      expectThat(Date.now() - started > 900, "it took about a second");
    },
  },
  {
    contract: "4.3",
    rule: "a bad body wins over an unknown device, a missing token over both",
    check: async (world) => {
      expectProblem(await world.send(`${V2}/${UNKNOWN}`, { body: "{" }), 400, 31);
      expectProblem(await world.send(`${V2}/${UNKNOWN}`, { body: "{", token: false }), 401, 10);
    },
  },
  ...[
    ['{"bar": 1.8}', 200, '{"bar":1.8}'],
    ["[1,2]", 200, "[1,2]"],
    ['"text"', 200, '"text"'],
    ["null", 200, "null"],
    ["", 200, ""],
    ["pump stopped", 406, ""],
    ['{"error":"jammed"}', 200, '{"error":"jammed"}'],
  ].map(
    ([payload, status, body]): Row => ({
      contract: "4.5",
      rule: `a device's ${payload === "" ? "empty reply" : payload} is ${status}`,
      check: async (world) => {
        const reply = await answered(world, payload as string);
        expectEqual([reply.status, reply.body], [status, body], "answer");
      },
    }),
  ),
  {
    contract: "4.5, S3",
    rule: "one-way is 200 and empty when it is handed over",
    check: async (world) => {
      const device = await world.listening();
      const reply = await world.call(device.id, {}, "/api/rpc/oneway");
      expectEqual([reply.status, reply.body], [200, ""], "answer");
    },
  },
  {
    contract: "4.5, S4",
    rule: "offline is 409 on /api/plugins/rpc and 504 on /api/rpc; connected without a subscription is offline",
    check: async (world) => {
      const device = await world.device();
      await world.socket().connect({ username: device.token });
      const replies = await Promise.all([V1, V2].map((path) => world.call(device.id, timeoutOf(world), path)));
      expectEqual(
        replies.map(({ status, body }) => [status, body]),
        [
          [409, ""],
          [504, ""],
        ],
        "answers",
      );
    },
  },
  {
    contract: "4.5",
    rule: "silent is 408 on /api/plugins/rpc and 504 on /api/rpc, not before the timeout",
    check: async (world) => {
      const device = await world.listening();
      const started = Date.now();
      const replies = await Promise.all([V1, V2].map((path) => world.call(device.id, timeoutOf(world), path)));
      expectEqual(
        replies.map(({ status }) => status),
        [408, 504],
        "answers",
      );
      expectThat(Date.now() - started >= world.target.minTimeoutMs - 1, "it took its time");
    },
  },
  {
    contract: "4.5",
    rule: "an unknown device is 404 in plain text, a path that is no UUID 400",
    check: async (world) => {
      const unknown = await world.call(UNKNOWN);
      expectEqual([unknown.status, unknown.body], [404, "Device with requested id wasn't found!"], "answer");
      expectProblem(await world.call("not-a-uuid"), 400, 31);
    },
  },
  {
    contract: "4.5",
    rule: "no method, a body that is no object, and an empty body are refused",
    check: async (world) => {
      const device = await world.device();
      for (const body of ['{"params":{}}', "[]", "5", "null", ""]) {
        const reply = await world.send(`${V2}/${device.id}`, { method: "POST", body });
        // 500 in the server's code, 400 in its documentation (contract 20).
        expectThat([400, 500].includes(reply.status), `${body}: ${reply.status}`);
      }
      expectProblem(await world.send(`${V2}/${device.id}`, { body: '{"method":"m","requestUUID":"x"}' }), 400, 31);
    },
  },
  {
    contract: "4.5",
    rule: "the wrong verb is 405",
    check: async (world) => expectProblem(await world.send(`${V2}/${UNKNOWN}`, { method: "GET" }), 405, 31),
  },
  {
    contract: "4.7",
    rule: "a call longer than the wall ends there with 500, and the device's reply is late",
    needs: { wallMs: 80 },
    check: async (world) => {
      const device = await world.listening();
      expectProblem(await world.call(device.id, { timeout: 5_000 }), 500, 2);
    },
  },
  {
    contract: "S1",
    rule: "a call waits for its device and is handed over when it subscribes",
    check: async (world) => {
      const device = await world.device();
      const reply = world.call(device.id, { timeout: 20_000 });
      const link = world.socket();
      await link.connect({ username: device.token });
      await link.subscribe(["v1/devices/me/rpc/request/+"], 1);
      await link.answer('"here"');
      expectEqual([(await reply).status, (await reply).body], [200, '"here"'], "answer");
    },
  },
  {
    contract: "S2",
    rule: "a device that subscribed midway and stayed silent counts as never connected",
    needs: { quirks: ["sent-fixed-at-arrival"] },
    check: async (world) => {
      const device = await world.device();
      const reply = world.call(device.id, { timeout: 400 }, V1);
      const link = world.socket();
      await link.connect({ username: device.token });
      await link.subscribe(["v1/devices/me/rpc/request/+"], 1);
      await link.next("publish");
      expectEqual((await reply).status, 409, "status");
    },
  },
  {
    contract: "S5",
    rule: "request ids rise by one for each call of a device",
    check: async (world) => {
      const device = await world.listening();
      const ids: number[] = [];
      for (let call = 0; call < 3; call++) {
        const reply = world.call(device.id);
        const { topic } = await device.link.answer("1");
        ids.push(Number(topic.slice(topic.lastIndexOf("/") + 1)));
        await reply;
      }
      expectEqual(
        ids.map((id) => id - (ids[0] as number)),
        [0, 1, 2],
        "ids",
      );
    },
  },
  {
    contract: "S6",
    rule: "a second reply and one to no call are acknowledged and change nothing",
    check: async (world) => {
      const device = await world.listening();
      const reply = world.call(device.id);
      const { topic } = await device.link.answer('"first"');
      await device.link.publish(topic.replace("request", "response"), '"second"');
      await device.link.publish("v1/devices/me/rpc/response/777777", "1");
      expectEqual((await reply).body, '"first"', "answer");
    },
  },
  {
    contract: "S7",
    rule: "with the original's hazard on, a repeated subscription is sent unanswered requests again",
    needs: { quirks: ["repush-delivered"] },
    check: async (world) => {
      const device = await world.listening();
      const reply = world.call(device.id, { timeout: 5_000 });
      const first = await device.link.next("publish");
      await device.link.subscribe(["v1/devices/me/rpc/request/+"], 1);
      const again = await device.link.next("publish");
      expectEqual(again.topic, first.topic, "topic");
      await device.link.publish(first.topic.replace("request", "response"), "1");
      await reply;
    },
  },
];
