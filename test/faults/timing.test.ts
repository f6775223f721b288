/** A1 to A4, A6 to A13 and A15 on the wire. What was programmed is exact; what the wire saw is never earlier than that. */
import { expect, it, vi } from "vitest";
import { MILLISECOND } from "../../protocol/time.ts";
import { monotonicNow } from "../../simulator/clock.ts";
import { account, acknowledged, ask, firedOf, idOf, observe, replies } from "./observe.ts";

const ms = (count: number): number => count * MILLISECOND;

it("delay: a third of a hundred answers is late by as much as it says", async () => {
  const observed = await observe(["delay(p=30%, by=200ms)"]);
  const device = observed.connection(0);
  const sent = ask(device, 1, 100);
  const seen = await replies(device, 100);
  const { fired, rows } = account(observed);
  const late = new Set(rows.filter(({ programmedUs }) => programmedUs === ms(201)).map(({ call }) => call));
  expect(late.size).toBe(fired);
  expect(fired).toBeGreaterThan(15);
  for (const { topic, at } of seen) {
    if (late.has(idOf(topic))) expect(at - (sent.get(idOf(topic)) as number)).toBeGreaterThanOrEqual(ms(201));
  }
  // Those on time overtake: all of them were asked at once.
  expect(seen.slice(0, 100 - fired).some(({ topic }) => late.has(idOf(topic)))).toBe(false);
});

it("delay: by a drawn amount, by another one each time", async () => {
  const observed = await observe(["delay(p=30%, by=uniform(20ms, 60ms))"]);
  const device = observed.connection(0);
  const sent = ask(device, 1, 100);
  const seen = await replies(device, 100);
  const { fired, rows } = account(observed);
  const late = rows.filter(({ programmedUs }) => programmedUs !== ms(1));
  expect(late).toHaveLength(fired);
  expect(new Set(late.map(({ programmedUs }) => programmedUs)).size).toBeGreaterThan(15);
  for (const { call, programmedUs } of late) {
    expect(programmedUs).toBeGreaterThanOrEqual(ms(21));
    expect(programmedUs).toBeLessThanOrEqual(ms(61));
    const reply = seen.find(({ topic }) => idOf(topic) === call);
    expect((reply?.at as number) - (sent.get(call) as number)).toBeGreaterThanOrEqual(programmedUs);
  }
});

it("jitter: earlier or later than the device would be, and never by more than it says", async () => {
  const observed = await observe(["jitter(p=30%, by=20ms)"], { cohort: { latency: "constant(30ms)" } });
  const device = observed.connection(0);
  const sent = ask(device, 1, 100);
  const seen = await replies(device, 100);
  const { fired, rows } = account(observed);
  const shifted = rows.filter(({ programmedUs }) => programmedUs !== ms(30));
  expect(shifted).toHaveLength(fired);
  for (const sign of [-1, 1]) expect(shifted.some(({ programmedUs }) => sign * (programmedUs - ms(30)) > 0)).toBe(true);
  for (const { call, programmedUs } of rows) {
    expect(Math.abs(programmedUs - ms(30))).toBeLessThanOrEqual(ms(20));
    const reply = seen.find(({ topic }) => idOf(topic) === call);
    expect((reply?.at as number) - (sent.get(call) as number)).toBeGreaterThanOrEqual(programmedUs);
  }
});

it("straddle: on a grid on both sides of the deadline", async () => {
  const observed = await observe(["straddle(within=4ms, grid=2ms)"]);
  const device = observed.connection(0);
  const sent = ask(device, 1, 60);
  const seen = await replies(device, 60);
  const { fired, rows } = account(observed);
  expect(fired).toBe(60);
  const instants = new Set(rows.map(({ programmedUs }) => programmedUs / MILLISECOND));
  expect([...instants].sort()).toEqual([296, 298, 300, 302, 304]);
  for (const { topic, at } of seen) expect(at - (sent.get(idOf(topic)) as number)).toBeGreaterThanOrEqual(ms(296));
});

it("late: spread out after the deadline", async () => {
  const observed = await observe(["late(by=10ms, spread=40ms)"]);
  const device = observed.connection(0);
  const sent = ask(device, 1, 30);
  const seen = await replies(device, 30);
  const { fired, rows } = account(observed);
  expect(fired).toBe(30);
  expect(new Set(rows.map(({ programmedUs }) => programmedUs)).size).toBeGreaterThan(20);
  for (const { topic, at } of seen) {
    const programmed = rows.find(({ call }) => call === idOf(topic))?.programmedUs as number;
    expect(programmed).toBeGreaterThanOrEqual(ms(310));
    expect(programmed).toBeLessThanOrEqual(ms(350));
    expect(at - (sent.get(idOf(topic)) as number)).toBeGreaterThanOrEqual(programmed);
  }
});

it("very_late: over the next connection, when the first one is gone", async () => {
  const observed = await observe(["very_late(nth=1, by=100ms)"]);
  const first = observed.connection(0);
  const at = first.request(1, "get");
  await vi.waitFor(() => expect(acknowledged(first)).toEqual([1]));
  first.socket.destroy();
  await vi.waitFor(() => expect(observed.observer.connections).toHaveLength(2));
  const second = observed.connection(0);
  const [reply] = await replies(second, 1);
  expect(reply?.topic).toBe("v1/devices/me/rpc/response/1");
  expect((reply?.at as number) - at).toBeGreaterThanOrEqual(ms(400));
  expect(first.replies).toEqual([]);
  expect(account(observed).fired).toBe(1);
});

it("early_reply: before the acknowledgement of its request, and only there", async () => {
  const observed = await observe(["early_reply(p=30%, gap=1ms)"]);
  const device = observed.connection(0);
  ask(device, 1, 100);
  await replies(device, 100);
  await vi.waitFor(() => expect(acknowledged(device)).toHaveLength(100));
  const order = device.packets.map(({ packet }) => packet);
  const early = Array.from({ length: 100 }, (_, i) => i + 1).filter((id) => {
    const reply = order.findIndex((packet) => packet.cmd === "publish" && idOf(packet.topic) === id);
    return reply < order.findIndex((packet) => packet.cmd === "puback" && packet.messageId === id);
  });
  const { fired } = account(observed);
  expect(early).toHaveLength(fired);
  expect(fired).toBeGreaterThan(15);
});

it.each<[string, { replied: boolean; acknowledged: boolean }]>([
  ["ack_only(p=30%)", { replied: false, acknowledged: true }],
  ["no_ack(p=30%)", { replied: true, acknowledged: false }],
  ["drop(p=30%)", { replied: false, acknowledged: true }],
  ["drop(p=30%, ack=no)", { replied: false, acknowledged: false }],
])("%s: what is left out is what fired", async (form, { replied, acknowledged: isAcknowledged }) => {
  const observed = await observe([form]);
  const device = observed.connection(0);
  ask(device, 1, 100);
  const fired = await firedOf(observed, 100);
  expect(fired).toBeGreaterThan(15);
  await vi.waitFor(() => {
    expect(device.replies).toHaveLength(replied ? 100 : 100 - fired);
    expect(acknowledged(device)).toHaveLength(isAcknowledged ? 100 : 100 - fired);
  });
});

it("slow_start: the first requests take a multiple, the one behind them does not", async () => {
  const observed = await observe(["slow_start(k=2, factor=100)"], { cohort: { latency: "constant(2ms)" } });
  const device = observed.connection(0);
  const sent = ask(device, 1, 3);
  const seen = await replies(device, 3);
  expect(seen.map(({ topic }) => idOf(topic))).toEqual([3, 1, 2]);
  for (const { topic, at } of seen.slice(1)) {
    expect(at - (sent.get(idOf(topic)) as number)).toBeGreaterThanOrEqual(ms(200));
  }
  expect(account(observed).fired).toBe(2);
});

it("degrade: slower by the share of the time that has passed", async () => {
  const observed = await observe(["degrade(from=20ms, to=120ms, over=1s)"]);
  const device = observed.connection(0);
  const sent = new Map<number, number>();
  for (const id of [1, 2, 3]) {
    for (const [key, at] of ask(device, id, id)) sent.set(key, at);
    await replies(device, id);
  }
  const { fired, rows } = account(observed);
  expect(fired).toBe(3);
  for (const { call, receivedUs, programmedUs } of rows) {
    const added = Math.round(ms(20) + ms(100) * Math.min(1, receivedUs / ms(1_000)));
    expect(programmedUs).toBe(ms(1) + added);
    expect((device.replies[call - 1]?.at as number) - (sent.get(call) as number)).toBeGreaterThanOrEqual(programmedUs);
  }
});

it("stall: neither reply nor acknowledgement while it lasts, then both", async () => {
  const observed = await observe(["stall(for=500ms)"]);
  const device = observed.connection(0);
  ask(device, 1, 20);
  const seen = await replies(device, 20);
  const { fired, rows } = account(observed);
  const met = rows.filter(({ receivedUs }) => receivedUs < ms(500));
  expect(met).toHaveLength(fired);
  expect(fired).toBeGreaterThan(0);
  for (const { receivedUs, programmedUs } of met) expect(receivedUs + programmedUs).toBe(ms(501));
  for (const { at } of seen) expect(at - observed.origin).toBeGreaterThanOrEqual(ms(501));
  const acks = device.packets.filter(({ packet }) => packet.cmd === "puback");
  for (const { at } of acks) expect(at - observed.origin).toBeGreaterThanOrEqual(ms(500));
});

it.each([
  ["hang(for=600ms)", [2]],
  ["hang(for=600ms, after=answer)", [1, 2]],
])("%s: pings and acknowledgements go on while nothing is answered", async (form, answered) => {
  const observed = await observe([form], { plan: { keepAliveS: 1, pingFactor: 0.1 } });
  const device = observed.connection(0);
  ask(device, 1, 1);
  await vi.waitFor(() => expect(device.of("pingreq").length).toBeGreaterThanOrEqual(2));
  expect(acknowledged(device)).toEqual([1]);
  await vi.waitFor(() => expect(monotonicNow() - observed.origin).toBeGreaterThan(ms(600)));
  ask(device, 2, 2);
  const seen = await replies(device, answered.length);
  expect(seen.map(({ topic }) => idOf(topic)).sort()).toEqual(answered);
  for (const { at } of seen) expect(at - observed.origin).toBeGreaterThanOrEqual(ms(600));
  expect(account(observed).fired).toBe(1);
});
