/** C11, D5, D6, E2, E4 and F4 on the wire: connections that stay and say nothing, or say it at the wrong time. */
import { expect, it, vi } from "vitest";
import { MILLISECOND, SECOND } from "../../protocol/time.ts";
import { observeWith } from "./observe.ts";

const WINDOW = "start=20ms, for=250ms";
const WINDOW_ENDS = 270 * MILLISECOND;

it.each([
  ["up: acted on, and nothing heard of it", "up"],
  ["both: nothing heard and nothing said", "both"],
])("blackhole %s", async (_, direction) => {
  const observed = await observeWith({ faults: [`blackhole(direction=${direction}, ${WINDOW})`] });
  const device = observed.connection(0);
  await vi.waitFor(() => expect(observed.fired()).toEqual([1]));
  device.request(1, "a");
  await vi.waitFor(() => {
    device.request(2, "a");
    expect(device.replies.map(({ topic }) => topic)).toContain("v1/devices/me/rpc/response/2");
  });
  expect(device.replies[0]?.at).toBeGreaterThanOrEqual(observed.origin + WINDOW_ENDS);
  expect(device.replies.map(({ topic }) => topic)).not.toContain("v1/devices/me/rpc/response/1");
  expect(device.ended).toBeUndefined();
  expect(observed.observer.connections).toHaveLength(1);
});

it("blackhole down: what the device says gets through, what it is asked does not", async () => {
  const observed = await observeWith({
    faults: ["blackhole(direction=down, start=150ms, for=250ms)"],
    cohort: { latency: "constant(200ms)" },
  });
  const device = observed.connection(0);
  device.request(1, "a");
  await vi.waitFor(() => expect(observed.fired()).toEqual([1]));
  device.request(2, "a");
  await vi.waitFor(() => expect(device.replies).toHaveLength(1));
  expect(device.replies[0]?.topic).toBe("v1/devices/me/rpc/response/1");
  await vi.waitFor(() => {
    device.request(3, "a");
    expect(device.replies.length).toBeGreaterThan(1);
  });
  expect(device.replies[1]?.topic).toBe("v1/devices/me/rpc/response/3");
});

it("blackhole: the device misses its PINGRESP, gives up without a FIN, and cannot come back before the window ends", async () => {
  const observed = await observeWith({
    faults: ["blackhole(start=20ms, for=600ms)"],
    plan: { keepAliveS: 1, pingFactor: 0.05, patience: 100 * MILLISECOND },
  });
  await vi.waitFor(() => expect(observed.connections(0)).toHaveLength(2), 5_000);
  const [before, after] = observed.connections(0);
  expect(before?.ended).toBeUndefined();
  expect(after?.openedAt).toBeGreaterThanOrEqual(observed.origin + 620 * MILLISECOND);
  expect(observed.fleet.report(observed.origin).lostConnections).toBe(1);
  expect(observed.fired()).toEqual([1]);
});

it("half_open: silent, then heard again; the server's FIN in the meantime is heard late", async () => {
  const observed = await observeWith({ faults: [`half_open(${WINDOW})`] });
  const device = observed.connection(0);
  await vi.waitFor(() => expect(observed.fired()).toEqual([1]));
  device.request(1, "a");
  device.socket.end();
  await vi.waitFor(() => expect(observed.connections(0)).toHaveLength(2));
  expect(observed.connection(0).openedAt).toBeGreaterThanOrEqual(observed.origin + WINDOW_ENDS);
  expect(device.replies).toEqual([]);
  expect(device.of("puback")).toEqual([]);
});

it("half_open, vanished: the old socket stays, the device comes back beside it", async () => {
  const observed = await observeWith({ faults: [`half_open(how=vanish, ${WINDOW})`] });
  await vi.waitFor(() => expect(observed.connections(0)).toHaveLength(2));
  const [before, after] = observed.connections(0);
  expect(before?.ended).toBeUndefined();
  expect(after?.openedAt).toBeGreaterThanOrEqual(observed.origin + WINDOW_ENDS);
  expect(observed.fired()).toEqual([1]);
});

it("keepalive: pings no earlier than its factor of the interval, or never", async () => {
  const observed = await observeWith({
    devices: 4,
    faults: [
      "keepalive(factor=1, interval=1s, device=0)",
      "keepalive(factor=1.49, interval=1s, device=1)",
      "keepalive(factor=1.51, interval=1s, device=2)",
      "keepalive(factor=never, interval=1s, device=3)",
    ],
  });
  const factors = [1, 1.49, 1.51];
  await vi.waitFor(() => {
    for (const ordinal of factors.keys()) expect(observed.connection(ordinal).of("pingreq")).not.toEqual([]);
  }, 10_000);
  for (const [ordinal, factor] of factors.entries()) {
    const { packets, connect } = observed.connection(ordinal);
    expect(connect.keepalive).toBe(1);
    const [greeting, ping] = ["connect", "pingreq"].map((cmd) => packets.find(({ packet }) => packet.cmd === cmd)?.at);
    expect((ping as number) - (greeting as number)).toBeGreaterThanOrEqual(factor * SECOND);
  }
  expect(observed.connection(3).of("pingreq")).toEqual([]);
  expect(observed.fired()).toEqual([1, 1, 1, 1]);
}, 20_000);

it("swizzle: each link of the subset is clogged and unclogged once, no two at the same instant", async () => {
  const observed = await observeWith({
    devices: 6,
    faults: ["swizzle(device=0..4, start=20ms, for=300ms)"],
  });
  await vi.waitFor(() => expect(observed.fired()).toEqual([5]));
  const silent = new Set<number>();
  // Asked at any time, a clogged device does not answer; the one that was not picked always does.
  await vi.waitFor(() => {
    observed.connection(5).request(9, "a");
    expect(observed.connection(5).replies.length).toBeGreaterThan(0);
  });
  for (let ordinal = 0; ordinal < 5; ordinal++) {
    const device = observed.connection(ordinal);
    await vi.waitFor(() => {
      device.request(1, "a");
      expect(device.replies.length).toBeGreaterThan(0);
    });
    silent.add(device.replies[0]?.at as number);
    expect(device.ended).toBeUndefined();
  }
  expect(silent.size).toBe(5);
});

it("sync: all devices speak at every whole period, none before", async () => {
  const observed = await observeWith({ devices: 5, faults: ["sync(period=200ms, start=1ms, stop=500ms)"] });
  await vi.waitFor(() => expect(observed.fired()).toEqual([10]));
  for (let ordinal = 0; ordinal < 5; ordinal++) {
    const device = observed.connection(ordinal);
    await vi.waitFor(() => expect(device.replies).toHaveLength(2));
    expect(device.replies.map(({ topic }) => topic)).toEqual(Array(2).fill("v1/devices/me/telemetry"));
    for (const [index, { at }] of device.replies.entries()) {
      expect(at - observed.origin).toBeGreaterThanOrEqual((index + 1) * 200 * MILLISECOND);
    }
  }
});

it("sync: pings as well", async () => {
  const observed = await observeWith({ devices: 2, faults: ["sync(period=50ms, start=1ms, stop=60ms, act=ping)"] });
  await vi.waitFor(() => {
    for (const ordinal of [0, 1]) expect(observed.connection(ordinal).of("pingreq")).toHaveLength(1);
  });
  expect(observed.fired()).toEqual([2]);
});

it("slow_reader: the server's bytes pile up until the window ends, then all are read", async () => {
  const observed = await observeWith({ faults: [`slow_reader(start=1ms, for=700ms)`] });
  const device = observed.connection(0);
  await vi.waitFor(() => expect(observed.fired()).toEqual([1]));
  const { socket } = device;
  let drainedAt = 0;
  socket.once("drain", () => {
    drainedAt = performance.timeOrigin + performance.now();
  });
  const pile = "x".repeat(1 << 20);
  for (let id = 1; id <= 24; id++) device.request(id, "a", { pile });
  expect(socket.writableLength).toBeGreaterThan(0);
  const before = Date.now();
  await vi.waitFor(() => expect(device.replies).toHaveLength(24), 15_000);
  expect(socket.writableLength).toBe(0);
  expect(drainedAt).toBeGreaterThan(before);
  expect(device.replies[0]?.at).toBeGreaterThanOrEqual(observed.origin + 701 * MILLISECOND);
}, 20_000);
