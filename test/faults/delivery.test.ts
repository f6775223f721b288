/** C1 to C4, C6 to C10, C12 to C15, C17 and C18 on the wire. */
import { generate } from "mqtt-packet";
import { expect, it, vi } from "vitest";
import { MILLISECOND } from "../../protocol/time.ts";
import { account, acknowledged, ask, firedOf, idOf, observe, replies } from "./observe.ts";
import type { ObservedConnection } from "./wire-observer.ts";

const ms = (count: number): number => count * MILLISECOND;

/** Every byte of a connection, and where each chunk of it ended. */
function stream({ chunks }: ObservedConnection): { bytes: Buffer; ends: number[] } {
  let end = 0;
  const ends = chunks.map(({ bytes }) => {
    end += bytes.length;
    return end;
  });
  return { bytes: Buffer.concat(chunks.map(({ bytes }) => bytes)), ends };
}

/** The packet of the reply to request `id`, as a library of others writes it. */
function replyPacket(id: number, messageId: number): Buffer {
  const [topic, payload] = [`v1/devices/me/rpc/response/${id}`, `{"nonce":"t-${id}"}`];
  return generate({ cmd: "publish", topic, payload, qos: 1, dup: false, retain: false, messageId });
}

it.each<[string, { acknowledged: boolean }]>([
  ["lose(p=30%)", { acknowledged: false }],
  ["lose(p=30%, direction=up)", { acknowledged: true }],
  ["burst_loss(enter=10%, leave=30%)", { acknowledged: false }],
  ["burst_loss(enter=10%, leave=30%, bad=80%, good=2%, direction=up)", { acknowledged: true }],
  ["state_loss(p13=10%, p31=30%, p32=10%, p23=20%, p14=5%)", { acknowledged: false }],
  ["state_loss(p13=10%, p31=30%, direction=up)", { acknowledged: true }],
])("%s: what is missing is what fired", async (form, { acknowledged: isAcknowledged }) => {
  const observed = await observe([form]);
  const device = observed.connection(0);
  ask(device, 1, 150);
  const fired = await firedOf(observed, 150);
  expect(fired).toBeGreaterThan(10);
  await vi.waitFor(() => {
    expect(device.replies).toHaveLength(150 - fired);
    expect(acknowledged(device)).toHaveLength(isAcknowledged ? 150 : 150 - fired);
  });
});

it("duplicate_request: acknowledged, acted on and answered twice, each time as a request of its own", async () => {
  const observed = await observe(["duplicate_request(p=30%, gap=2ms)"]);
  const device = observed.connection(0);
  ask(device, 1, 100);
  await replies(device, 100);
  await vi.waitFor(() => expect(observed.fleet.pending).toBe(0));
  const { fired, rows } = account(observed);
  expect(fired).toBeGreaterThan(15);
  const seen = await replies(device, 100 + fired);
  await vi.waitFor(() => expect(acknowledged(device)).toHaveLength(100 + fired));
  expect(rows).toHaveLength(100 + fired);
  const twice = rows.filter((row) => row.fired).map(({ call }) => call);
  expect(twice).toHaveLength(2 * fired);
  for (const call of twice) expect(seen.filter(({ topic }) => idOf(topic) === call)).toHaveLength(2);
});

it("duplicate: so many copies more over the same connection", async () => {
  const observed = await observe(["duplicate(p=30%, copies=2, gap=1ms)"]);
  const device = observed.connection(0);
  ask(device, 1, 100);
  const fired = await firedOf(observed, 100);
  expect(fired).toBeGreaterThan(15);
  const seen = await replies(device, 100 + 2 * fired);
  const times = Array.from({ length: 100 }, (_, i) => seen.filter(({ topic }) => idOf(topic) === i + 1).length);
  expect(times.filter((count) => count === 3)).toHaveLength(fired);
  expect(times.filter((count) => count === 1)).toHaveLength(100 - fired);
});

it("reorder: overtaken by as many replies as it says", async () => {
  const observed = await observe(["reorder(nth=1, depth=2, within=10s)"]);
  const device = observed.connection(0);
  ask(device, 1, 4);
  const seen = await replies(device, 4);
  expect(seen.map(({ topic }) => idOf(topic))).toEqual([2, 3, 1, 4]);
});

it("reorder: waits no longer than it says for replies that never come", async () => {
  const observed = await observe(["reorder(within=50ms)"]);
  const device = observed.connection(0);
  const at = device.request(1, "get");
  const [reply] = await replies(device, 1);
  expect((reply?.at as number) - at).toBeGreaterThanOrEqual(ms(51));
});

it("reorder: each one out of order is one that fired", async () => {
  const observed = await observe(["reorder(p=30%, gap=2, method=get, within=10s)"]);
  const device = observed.connection(0);
  ask(device, 1, 100);
  // The last one may be waiting for this.
  device.request(101, "other");
  const order = (await replies(device, 101)).map(({ topic }) => idOf(topic));
  const overtaken = order.filter((id, place) => order.slice(0, place).some((earlier) => earlier > id));
  expect(overtaken).toHaveLength(account(observed).fired);
  expect(overtaken.length).toBeGreaterThan(7);
});

it("corrupt: exactly one bit of the packet is wrong", async () => {
  const observed = await observe(["corrupt(nth=1)"]);
  const device = observed.connection(0);
  const before = stream(device).bytes.length;
  ask(device, 1, 1);
  // SUBSCRIBE took packet id 2.
  const right = replyPacket(1, 3);
  await vi.waitFor(() => expect(stream(device).bytes.length - before).toBe(4 + right.length));
  const sent = stream(device).bytes.subarray(before + 4);
  const wrong = right.reduce(
    (bits, byte, i) => bits + ((byte ^ (sent[i] as number)).toString(2).match(/1/g)?.length ?? 0),
    0,
  );
  expect(wrong).toBe(1);
  expect(account(observed).fired).toBe(1);
});

it("corrupt: one bit of the payload, in a third of a hundred replies", async () => {
  // Behind the header of 2 + 2 + 28 + 2 bytes or more: the nonce's first letter.
  const observed = await observe([`corrupt(p=30%, bit=${8 * 46})`]);
  const device = observed.connection(0);
  ask(device, 10, 99);
  const seen = await replies(device, 90);
  const wrong = seen.filter(({ topic, payload }) => payload !== `{"nonce":"t-${idOf(topic)}"}`);
  expect(wrong).toHaveLength(account(observed).fired);
  expect(wrong.length).toBeGreaterThan(15);
});

/** Ids of replies whose packet more than one chunk brought, told by where in it a chunk may end. */
function divided(device: ObservedConnection, isPlace: (offset: number, length: number) => boolean): number[] {
  const { bytes, ends } = stream(device);
  return device.replies
    .filter(({ topic, packet }) => {
      const whole = replyPacket(idOf(topic), packet.messageId as number);
      const start = bytes.indexOf(whole);
      return ends.some((end) => end > start && end < start + whole.length && isPlace(end - start, whole.length));
    })
    .map(({ topic }) => idOf(topic));
}

it("drip: in pieces, and what is sent meanwhile waits behind it", async () => {
  const observed = await observe(["drip(p=30%, bytes=5, pause=5ms)"]);
  const device = observed.connection(0);
  ask(device, 1, 40);
  const seen = await replies(device, 40);
  expect(device.malformed).toBeUndefined();
  expect(seen.map(({ topic }) => idOf(topic))).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
  const { rows, fired } = account(observed);
  const dripped = rows.filter((row) => row.fired).map(({ call }) => call);
  expect(dripped).toHaveLength(fired);
  // Two pieces may arrive as one on a busy machine, but not all ten.
  expect(divided(device, () => true)).toEqual(dripped);
  expect(divided(device, (offset) => offset % 5 !== 0)).toEqual([]);
});

it("split: the first segment ends inside the header", async () => {
  const observed = await observe(["split(p=50%, at=1)"]);
  const device = observed.connection(0);
  for (let id = 1; id <= 20; id++) {
    ask(device, id, id);
    await replies(device, id);
  }
  const { rows, fired } = account(observed);
  const split = divided(device, () => true);
  expect(divided(device, (offset) => offset !== 1)).toEqual([]);
  expect(split.filter((id) => rows[id - 1]?.fired !== true)).toEqual([]);
  // Both segments may arrive as one on a busy machine.
  expect(split.length).toBeGreaterThan(fired / 2);
});

it("coalesce: in one segment with the next packet, whatever it is", async () => {
  const observed = await observe(["coalesce(nth=1, within=10s)"], { cohort: { latency: "constant(0ms)" } });
  const device = observed.connection(0);
  ask(device, 1, 1);
  expect(await firedOf(observed, 1)).toBe(1);
  device.send({
    cmd: "publish",
    topic: "v1/devices/me/rpc/response/9",
    payload: "{}",
    qos: 1,
    dup: false,
    retain: false,
    messageId: 77,
  });
  await replies(device, 1);
  const { bytes, ends } = stream(device);
  const packet = replyPacket(1, 3);
  const start = bytes.indexOf(packet);
  // Nothing of it came alone: the chunk that holds it goes on with the acknowledgement of 77.
  expect(ends).not.toContain(start + packet.length);
  expect(bytes.subarray(start + packet.length)).toEqual(generate({ cmd: "puback", messageId: 77 }));
});

it("coalesce: alone, when nothing else is sent", async () => {
  const observed = await observe(["coalesce(within=50ms)"]);
  const device = observed.connection(0);
  const at = device.request(1, "get");
  const [reply] = await replies(device, 1);
  // Timers of whole milliseconds may be one early.
  expect((reply?.at as number) - at).toBeGreaterThanOrEqual(ms(49));
});

it("bandwidth: each reply waits until those before it have passed", async () => {
  const observed = await observe(["bandwidth(bytes=1000)"]);
  const device = observed.connection(0);
  const at = ask(device, 1, 9).get(1) as number;
  const seen = await replies(device, 9);
  expect(seen.map(({ topic }) => idOf(topic))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  for (const [place, reply] of seen.entries()) {
    // 15 bytes each.
    expect(reply.at - at).toBeGreaterThanOrEqual(ms(1) + (place + 1) * ms(reply.payload.length));
  }
  expect(account(observed).fired).toBe(9);
});

it("jam: everything is held, and let go when it ends, what was asked before it included", async () => {
  const observed = await observe(["jam(start=100ms, for=900ms)"], { cohort: { latency: "constant(400ms)" } });
  const device = observed.connection(0);
  ask(device, 1, 20);
  const seen = await replies(device, 20);
  const { fired, rows } = account(observed);
  for (const { receivedUs, programmedUs } of rows) expect(receivedUs + programmedUs).toBe(ms(1_000));
  expect(fired).toBe(20);
  for (const { at } of seen) expect(at - observed.origin).toBeGreaterThanOrEqual(ms(1_000));
});

it("jam: acknowledgements too", async () => {
  const observed = await observe(["jam(for=500ms)"]);
  const device = observed.connection(0);
  ask(device, 1, 1);
  await vi.waitFor(() => expect(acknowledged(device)).toEqual([1]));
  const { at } = device.packets.find(({ packet }) => packet.cmd === "puback") as { at: number };
  expect(at - observed.origin).toBeGreaterThanOrEqual(ms(500));
});

it("window_stall: replies go on, acknowledgements wait for the end", async () => {
  const observed = await observe(["window_stall(p=30%, for=500ms)"]);
  const device = observed.connection(0);
  ask(device, 1, 100);
  await replies(device, 100);
  const { fired, rows } = account(observed);
  expect(rows.every(({ receivedUs }) => receivedUs < ms(500))).toBe(true);
  await vi.waitFor(() => expect(acknowledged(device)).toHaveLength(100));
  const acks = device.packets.filter(({ packet }) => packet.cmd === "puback");
  expect(acks.slice(100 - fired).every(({ at }) => at - observed.origin >= ms(500))).toBe(true);
  expect(acknowledged(device).slice(0, 100 - fired)).toEqual(
    [...acknowledged(device).slice(0, 100 - fired)].sort((a, b) => a - b),
  );
  expect(fired).toBeGreaterThan(15);
});

it("window_stall: for ever, when it has no end", async () => {
  const observed = await observe(["window_stall"]);
  const device = observed.connection(0);
  ask(device, 1, 30);
  await replies(device, 30);
  expect(acknowledged(device)).toEqual([]);
  expect(account(observed).fired).toBe(30);
});

it("packet_id: wraps around to 1, never to 0", async () => {
  const observed = await observe(["packet_id"]);
  const device = observed.connection(0);
  ask(device, 1, 6);
  const seen = await replies(device, 6);
  expect(device.of("subscribe").map(({ messageId }) => messageId)).toEqual([65_531]);
  expect(seen.map(({ packet }) => packet.messageId)).toEqual([65_532, 65_533, 65_534, 65_535, 1, 2]);
  expect(account(observed).fired).toBe(1);
});

it("qos_downgrade: asks for 0, and what comes by 0 is not acknowledged", async () => {
  const observed = await observe(["qos_downgrade"]);
  const device = observed.connection(0);
  expect(device.of("subscribe").flatMap(({ subscriptions }) => subscriptions.map(({ qos }) => qos))).toEqual([0]);
  device.send({
    cmd: "publish",
    topic: "v1/devices/me/rpc/request/1",
    payload: '{"method":"get"}',
    qos: 0,
    dup: false,
    retain: false,
  });
  const [reply] = await replies(device, 1);
  expect(reply?.packet.qos).toBe(0);
  expect(acknowledged(device)).toEqual([]);
  expect(account(observed).fired).toBe(1);
});

it("offline_flush: gone when it would answer, and answers when it is back", async () => {
  const observed = await observe(["offline_flush(nth=1, reconnect=100ms)"]);
  const first = observed.connection(0);
  const at = first.request(1, "get");
  await vi.waitFor(() => expect(first.ended?.how).toBe("fin"));
  expect(first.replies).toEqual([]);
  await vi.waitFor(() => expect(observed.observer.connections).toHaveLength(2));
  const [reply] = await replies(observed.connection(0), 1);
  expect(reply?.topic).toBe("v1/devices/me/rpc/response/1");
  expect((reply?.at as number) - at).toBeGreaterThanOrEqual(ms(101));
  expect(account(observed).fired).toBe(1);
});

it("overlapping: subscribes twice, and acts on what comes twice", async () => {
  const observed = await observe(["overlapping"]);
  const device = observed.connection(0);
  const topics = device.of("subscribe").flatMap(({ subscriptions }) => subscriptions.map(({ topic }) => topic));
  expect(topics).toEqual(["v1/devices/me/rpc/request/+", "v1/devices/me/rpc/#"]);
  // What a broker does that sends a message once for each filter that matches.
  for (let copy = 0; copy < 2; copy++) device.request(1, "get", { nonce: "t-1" });
  const seen = await replies(device, 2);
  expect(seen.map(({ topic }) => idOf(topic))).toEqual([1, 1]);
  expect(account(observed).fired).toBe(1);
});
