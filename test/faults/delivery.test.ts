/** C1 to C4, C6, C10, C12 to C15, C17 and C18 on the wire: which messages pass, when and how often. */
import { expect, it, vi } from "vitest";
import { MILLISECOND } from "../../protocol/time.ts";
import { account, acknowledged, ask, firedOf, idOf, observe, replies } from "./observe.ts";

const ms = (count: number): number => count * MILLISECOND;

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
