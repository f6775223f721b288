/** D7, D10, D11, D14 and D15 on the wire: how devices connect, and what they do when the server is the one that is silent. */
import { describe, expect, it, vi } from "vitest";
import { MILLISECOND } from "../../protocol/time.ts";
import { observeWith } from "./observe.ts";

it.each([
  ["sessions(keep=yes)", [false, false]],
  ["sessions(keep=yes, nth=2)", [true, false]],
  ["sessions(keep=no)", [true, true]],
])("%s: the Clean Session flag of each connection", async (fault, clean) => {
  const observed = await observeWith({ faults: [fault, "disconnect(nth=1, reconnect=1ms)"] });
  observed.connection(0).request(1, "a");
  await vi.waitFor(() => expect(observed.connections(0)).toHaveLength(2));
  expect(observed.connections(0).map(({ connect }) => connect.clean)).toEqual(clean);
  expect(observed.fired()).toEqual([fault.includes("nth") ? 1 : 2, 1]);
});

it("no_subscribe: connected, and answers what it is asked all the same", async () => {
  const observed = await observeWith({ faults: ["no_subscribe(device=0)"], devices: 2 });
  const device = observed.connection(0);
  expect(observed.fleet.progress).toMatchObject({ connected: 2, failed: 0 });
  device.request(1, "a");
  await vi.waitFor(() => expect(device.replies).toHaveLength(1));
  expect(device.of("subscribe")).toEqual([]);
  expect(observed.connection(1).of("subscribe")).toHaveLength(1);
  expect(observed.fired()).toEqual([1]);
});

it("wrong_filter: asks for something else, and stays though it was refused", async () => {
  const observed = await observeWith({ faults: ["wrong_filter(device=0)"], devices: 2, refuses: /^\// });
  const [subscribe] = observed.connection(0).of("subscribe");
  expect(subscribe?.subscriptions.map(({ topic }) => topic)).toEqual(["/v1/devices/me/rpc/request/+"]);
  expect(observed.fleet.progress).toMatchObject({ connected: 2, failed: 0 });
  expect(observed.connection(0).ended).toBeUndefined();
  expect(observed.fired()).toEqual([1]);
});

it("late_subscribe: so long after CONNACK", async () => {
  const observed = await observeWith({ faults: ["late_subscribe(by=150ms)"] });
  const device = observed.connection(0);
  await vi.waitFor(() => expect(device.of("subscribe")).toHaveLength(1));
  const at = (cmd: string): number => device.packets.find(({ packet }) => packet.cmd === cmd)?.at as number;
  expect(at("subscribe") - at("connect")).toBeGreaterThanOrEqual(150 * MILLISECOND);
  expect(observed.fired()).toEqual([1]);
});

it("unsubscribe: between a request and its reply, which is sent; then subscribes again", async () => {
  const observed = await observeWith({
    faults: ["unsubscribe(start=50ms, for=300ms)"],
    cohort: { latency: "constant(150ms)" },
  });
  const device = observed.connection(0);
  device.request(1, "a");
  await vi.waitFor(() => expect(device.of("subscribe")).toHaveLength(2));
  const order = device.packets.map(({ packet }) => packet.cmd).filter((cmd) => cmd !== "puback");
  expect(order).toEqual(["connect", "subscribe", "unsubscribe", "publish", "subscribe"]);
  expect(observed.fired()).toEqual([1]);
});

it("handshake_stall: a connection without CONNECT for so long, or for ever", async () => {
  const observed = await observeWith({
    devices: 2,
    faults: ["handshake_stall(by=150ms, device=0)", "handshake_stall(device=1)"],
  });
  const device = observed.connection(0);
  expect((device.packets[0]?.at as number) - device.openedAt).toBeGreaterThanOrEqual(150 * MILLISECOND - 1);
  const [mute] = observed.observer.connections.filter(({ token }) => token === undefined);
  expect(mute?.chunks).toEqual([]);
  expect(mute?.ended).toBeUndefined();
  // A server that has waited long enough hangs up, and the device tries again.
  mute?.socket.end();
  await vi.waitFor(() => expect(observed.observer.connections).toHaveLength(3));
  expect(observed.fired()).toEqual([1, 2]);
});

it("slow_connect: the connection comes later", async () => {
  const begun = performance.now();
  const observed = await observeWith({ faults: ["slow_connect(by=150ms)"] });
  expect(observed.observer.connections).toHaveLength(1);
  expect(performance.now() - begun).toBeGreaterThanOrEqual(150);
  expect(observed.fired()).toEqual([1]);
});

it.each(["closed", "dropped"])("refused, %s: the server sees nothing of it; the next attempt is made", async (mode) => {
  const observed = await observeWith({
    faults: [`refused(mode=${mode}, nth=1|2)`],
    plan: { patience: 20 * MILLISECOND },
  });
  await vi.waitFor(() => expect(observed.fleet.progress.connected).toBe(1));
  expect(observed.observer.connections).toHaveLength(1);
  expect(observed.fleet.report(observed.origin)).toMatchObject({ refusedConnections: 2, lostConnections: 0 });
  expect(observed.fired()).toEqual([2]);
});

describe("a server that leaves out", () => {
  const plan = { patience: 150 * MILLISECOND };

  it("CONNACK: the device gives up, tries again, and the fleet does not wait for ever", async () => {
    const observed = await observeWith({ faults: [], manners: { connack: false }, plan, devices: 2 });
    expect(observed.fleet.progress).toMatchObject({ connected: 0, failed: 2, firstFailure: "no CONNACK" });
    for (const ordinal of [0, 1]) expect(observed.connections(ordinal)).toHaveLength(3);
    await vi.waitFor(() => expect(observed.observer.connections.every(({ ended }) => ended !== undefined)).toBe(true));
  });

  it("SUBACK: given up too", async () => {
    const observed = await observeWith({ faults: [], manners: { suback: false }, plan });
    expect(observed.fleet.progress).toMatchObject({ failed: 1, firstFailure: "no SUBACK" });
    await vi.waitFor(() => expect(observed.connections(0)[0]?.ended?.how).toBe("fin"));
  });

  it("PINGRESP: the connection is closed and made anew", async () => {
    const observed = await observeWith({
      faults: [],
      manners: { pingresp: false },
      plan: { ...plan, keepAliveS: 1, pingFactor: 0.1 },
    });
    await vi.waitFor(() => expect(observed.connections(0).length).toBeGreaterThan(1), 5_000);
    const [device] = observed.connections(0);
    expect(device?.of("pingreq").length).toBeGreaterThan(0);
    expect(device?.ended?.how).toBe("fin");
    expect(observed.fleet.report(observed.origin).lostConnections).toBeGreaterThan(0);
  });

  it("PUBACK: replies go on, each with a packet id of its own", async () => {
    const observed = await observeWith({ faults: [], manners: { puback: false } });
    const device = observed.connection(0);
    for (let id = 1; id <= 50; id++) device.request(id, "a");
    await vi.waitFor(() => expect(device.replies).toHaveLength(50));
    expect(new Set(device.replies.map(({ packet }) => packet.messageId)).size).toBe(50);
  });
});
