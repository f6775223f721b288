/** B1 to B12 and B14 on the wire. */
import { describe, expect, it, vi } from "vitest";
import { account, acknowledged, ask, firedOf, idOf, observe, replies } from "./observe.ts";
import type { ObservedConnection } from "./wire-observer.ts";

type Reply = ObservedConnection["replies"][number];

/** What the fleet's devices answer: the request's params. */
const RIGHT = (id: number): string => `{"nonce":"t-${id}"}`;
const TOPIC = "v1/devices/me/rpc/response/";

/** A reply as it should be, to its own request. */
function isRight({ topic, payload, packet }: Reply): boolean {
  return topic.startsWith(TOPIC) && payload === RIGHT(idOf(topic)) && !packet.retain;
}

function parsed(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch {
    return undefined;
  }
}

describe("a third of a hundred replies, and no other,", () => {
  it.each<[string, (reply: Reply) => boolean]>([
    ["empty(p=30%)", ({ payload, topic }) => payload === "" && idOf(topic) > 0],
    ["garbage(p=30%, bytes=20)", ({ packet }) => packet.payload.length === 20],
    ["truncate(p=30%, keep=50%)", ({ payload, topic }) => RIGHT(idOf(topic)).startsWith(payload) && !parsed(payload)],
    ["truncate(p=30%, keep=100%)", ({ payload, topic }) => payload === RIGHT(idOf(topic)).slice(0, -1)],
    ["wrong_id(p=30%)", ({ topic }) => idOf(topic) > 1_999_999_000],
    ["wrong_id(p=30%, kind=next)", ({ topic, payload }) => payload === RIGHT(idOf(topic) - 1)],
    ["wrong_id(p=30%, kind=negative)", ({ topic, payload }) => payload === RIGHT(-1 - idOf(topic))],
    ["wrong_id(p=30%, kind=huge)", ({ topic, payload }) => payload === RIGHT(idOf(topic) - 2 ** 31)],
    ["wrong_id(p=30%, kind=text)", ({ topic }) => topic === `${TOPIC}NaN`],
    ["wrong_id(p=30%, kind=empty)", ({ topic }) => topic === TOPIC],
    ["wrong_id(p=30%, kind=slash)", ({ topic }) => /\/\d+\/$/.test(topic)],
    ["wrong_id(p=30%, kind=wildcard)", ({ topic }) => topic === `${TOPIC}+`],
    ["wrong_id(p=30%, kind=any)", ({ topic, payload }) => payload !== RIGHT(idOf(topic)) || topic.endsWith("/")],
    ["spoof(p=30%, victim=Thermometer)", ({ topic }) => topic === "v1/gateway/rpc"],
    ["wrong_topic(p=30%)", ({ topic, payload }) => payload === RIGHT(idOf(topic)) && topic.startsWith("v2/r/res/")],
    ["wrong_topic(p=30%, topic=v2/j)", ({ topic }) => topic.startsWith("v2/r/res/j/")],
    ["wrong_topic(p=30%, topic=v2/p)", ({ topic }) => topic.startsWith("v2/r/res/p/")],
    ["oversize(p=30%, bytes=70000)", ({ payload }) => payload.length === 70_000 && parsed(payload) !== undefined],
    ["error(p=30%)", ({ payload }) => payload.startsWith('{"error":"device failure","nonce":"t-')],
    ["error(p=30%, shape=code)", ({ payload }) => payload.startsWith('{"error":{"code":500,')],
    ["error(p=30%, shape=status)", ({ payload }) => payload.startsWith('{"success":false,"status":500,')],
    ["error(p=30%, shape=text)", ({ payload }) => payload.startsWith('{"value":"ERROR",')],
    ["error(p=30%, shape=list)", ({ payload }) => payload.startsWith('{"value":[{"error":')],
    ["hostile_json(p=30%, kind=duplicate)", ({ payload }) => payload.split('"nonce"').length === 3],
    ["hostile_json(p=30%, kind=proto)", ({ payload }) => payload.startsWith('{"__proto__":{"polluted":true},')],
    ["hostile_json(p=30%, kind=deep)", ({ payload }) => payload.includes("[".repeat(10_000))],
    ["hostile_json(p=30%, kind=surrogate)", ({ payload }) => payload.includes('"\\ud800"')],
    ["hostile_json(p=30%, kind=nan)", ({ payload }) => payload.startsWith('{"number":NaN,')],
    ["hostile_json(p=30%, kind=big)", ({ payload }) => payload.includes("9007199254740993")],
    ["hostile_json(p=30%)", ({ payload, topic }) => payload.endsWith(RIGHT(idOf(topic)).slice(1))],
    ["retain(p=30%)", ({ packet }) => packet.retain],
  ])("%s", async (form, isWrong) => {
    const observed = await observe([form]);
    const device = observed.connection(0);
    ask(device, 1, 100);
    const seen = await replies(device, 100);
    const wrong = seen.filter((reply) => !isRight(reply));
    expect(wrong.filter((reply) => !isWrong(reply)).map(({ topic, payload }) => [topic, payload])).toEqual([]);
    expect(wrong).toHaveLength(account(observed).fired);
    expect(wrong.length).toBeGreaterThan(15);
    // Acknowledged like any other, so the reply is all that is wrong.
    expect(acknowledged(device)).toHaveLength(100);
  });
});

it("stale: the nonce is that of two requests before", async () => {
  const observed = await observe(["stale(p=30%, lag=2)"]);
  const device = observed.connection(0);
  ask(device, 1, 100);
  const seen = await replies(device, 100);
  const wrong = seen.filter((reply) => !isRight(reply));
  for (const { topic, payload } of wrong) expect(payload).toBe(RIGHT(idOf(topic) - 2));
  expect(wrong).toHaveLength(account(observed).fired);
  expect(wrong.length).toBeGreaterThan(15);
});

it("wrong_id: another pending id, so two replies come for one request", async () => {
  const observed = await observe(["wrong_id(nth=2, kind=pending)"]);
  const device = observed.connection(0);
  ask(device, 1, 2);
  const seen = await replies(device, 2);
  expect(seen.map(({ topic, payload }) => [idOf(topic), payload])).toEqual([
    [1, RIGHT(1)],
    [1, RIGHT(2)],
  ]);
});

it.each([
  ["zero_id", undefined],
  ["zero_id(how=empty)", TOPIC],
  ["zero_id(how=request)", "v1/devices/me/rpc/request/1"],
])("%s: only the request with the id 0 is treated so", async (form, topic) => {
  const observed = await observe([form]);
  const device = observed.connection(0);
  ask(device, 0, 1);
  const expected = topic === undefined ? [`${TOPIC}1`] : [topic, `${TOPIC}1`];
  const seen = await replies(device, expected.length);
  expect(seen.map((reply) => reply.topic)).toEqual(expected);
  expect(await firedOf(observed, 2)).toBe(1);
});

it("spoof: a reply in the name of another device, in the gateway's words", async () => {
  const observed = await observe(["spoof(victim=Thermometer)"]);
  const device = observed.connection(0);
  ask(device, 7, 7);
  const [reply] = await replies(device, 1);
  expect(JSON.parse(reply?.payload as string)).toEqual({ device: "Thermometer", id: 7, data: JSON.parse(RIGHT(7)) });
});

it.each([
  ["fin", "fin"],
  ["reset", "ECONNRESET"],
])("garbage: random bytes, then the connection ends by %s", async (how, end) => {
  const observed = await observe([`garbage(nth=1, bytes=8, then=${how})`]);
  const device = observed.connection(0);
  ask(device, 1, 1);
  await vi.waitFor(() => expect(device.ended?.how).toBe(end));
  if (how === "fin") expect(device.replies.map(({ packet }) => packet.payload.length)).toEqual([8]);
  await vi.waitFor(() => expect(observed.observer.connections).toHaveLength(2), { timeout: 5_000 });
});

it("garbage: drawn anew for every reply, the same for the same seed", async () => {
  const bytes = async (): Promise<string[]> => {
    const observed = await observe(["garbage"]);
    ask(observed.connection(0), 1, 3);
    const seen = await replies(observed.connection(0), 3);
    return seen.map(({ packet }) => (packet.payload as Buffer).toString("hex"));
  };
  const once = await bytes();
  expect(new Set(once).size).toBe(3);
  expect(await bytes()).toEqual(once);
});

it.each([
  // A first byte of 0x3_, with quality of service 1 and with 3, which is none.
  ["length", /^32ffffffffff/],
  ["reserved", /^36/],
  ["packet_id", /^32/],
])("malformed_packet: a broken %s, on this connection only", async (how, start) => {
  const observed = await observe([`malformed_packet(device=0, how=${how})`], { devices: 2 });
  const [broken, whole] = [observed.connection(0), observed.connection(1)];
  const before = broken.chunks.length;
  broken.request(1, "get");
  whole.request(1, "get");
  await replies(whole, 1);
  const sent = (): Buffer => Buffer.concat(broken.chunks.slice(before).map(({ bytes }) => bytes));
  await vi.waitFor(() => expect(sent().length).toBeGreaterThan(30));
  // Behind the acknowledgement, four bytes.
  const packet = sent().subarray(4);
  expect(packet.toString("hex")).toMatch(start);
  if (how === "packet_id") expect(packet.readUInt16BE(2 + 2 + packet.readUInt16BE(2))).toBe(0);
  else expect(broken.malformed).toBeDefined();
  expect(whole.malformed).toBeUndefined();
  expect(account(observed).fired).toBe(1);
});
