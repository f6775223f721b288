/** D3, D4, D12, D13, D16, E1 and E3 on the wire: connections that end, and how devices come back. */
import { expect, it, vi } from "vitest";
import { MILLISECOND } from "../../protocol/time.ts";
import { observeWith } from "./observe.ts";
import type { ObservedFleet } from "./observed-fleet.ts";

/** How the ended connections of a fleet ended. */
const endings = ({ observer }: ObservedFleet): string[] =>
  observer.connections.flatMap(({ ended }) => (ended === undefined ? [] : [ended.how]));

// Node says of a reset right behind data that it was an end.
it.each(["fin", "reset"])("cut: %s after the first bytes of the reply", async (how) => {
  const observed = await observeWith({ faults: [`cut(bytes=5, how=${how}, nth=2)`] });
  const device = observed.connection(0);
  device.request(1, "a");
  await vi.waitFor(() => expect(device.replies).toHaveLength(1));
  const before = device.chunks.reduce((sum, { bytes }) => sum + bytes.length, 0);
  device.request(2, "a");
  await vi.waitFor(() => expect(device.ended).toBeDefined());
  const after = device.chunks.reduce((sum, { bytes }) => sum + bytes.length, 0);
  // The acknowledgement of the request (4 bytes), then five bytes of the reply: a reset may overtake what was written before it.
  expect(how === "fin" ? after - before : 9).toBe(4 + 5);
  expect(device.replies).toHaveLength(1);
  await vi.waitFor(() => expect(observed.connections(0)).toHaveLength(2));
  expect(observed.fired()).toEqual([1]);
  expect(observed.fleet.report(observed.origin).lostConnections).toBe(0);
});

it("slow_close: the old socket outlives the device's new connection, and still receives", async () => {
  const observed = await observeWith({ faults: ["disconnect(nth=1, reconnect=1ms)", "slow_close(by=400ms, nth=1)"] });
  const [ghost] = observed.connections(0);
  const asked = ghost?.request(1, "a") as number;
  await vi.waitFor(() => expect(observed.connections(0)).toHaveLength(2));
  ghost?.request(2, "a");
  await vi.waitFor(() => expect(ghost?.ended?.how).toMatch(/fin|ECONNRESET/));
  expect((ghost?.ended?.at as number) - asked).toBeGreaterThanOrEqual(400 * MILLISECOND);
  expect(ghost?.replies).toEqual([]);
  expect(observed.fired()).toEqual([1, 1]);
});

it("flap: up and down as often as it fired, and only inside its window", async () => {
  const observed = await observeWith({
    faults: ["flap(up=120ms, down=60ms, spread=none, for=500ms, how=reset)"],
    cohort: { reconnect: "none" },
  });
  await vi.waitFor(() => expect(observed.connections(0)).toHaveLength(4), 5_000);
  await vi.waitFor(() => expect(observed.fleet.progress.connected).toBe(1));
  expect(endings(observed)).toEqual(Array.from({ length: 3 }, () => "ECONNRESET"));
  expect(observed.fired()).toEqual([3]);
  await vi.waitFor(() => expect(observed.fleet.report(observed.origin).events).toHaveLength(2));
  const report = observed.fleet.report(observed.origin);
  expect(report).toMatchObject({ reconnects: 3, lostConnections: 0, refusedConnections: 0 });
  expect(report.events.map(({ at, label }) => [at, label.split(" ").at(-1)])).toEqual([
    [0, "begins"],
    [500 * MILLISECOND, "ends"],
  ]);
});

it("bad_credentials: the first attempt shows the wrong ones, the next the right ones", async () => {
  const observed = await observeWith({ faults: ["bad_credentials(nth=1)"], manners: { knows: ["TOKEN-0"] } });
  await vi.waitFor(() => expect(observed.connections(0)).toHaveLength(1));
  expect(observed.observer.connections.map(({ token }) => token)).toEqual(["no-such-credentials", "TOKEN-0"]);
  expect(observed.fleet.report(observed.origin)).toMatchObject({ refusedConnections: 1, awayAtEnd: 0 });
  expect(observed.fired()).toEqual([1]);
});

it("revoked: thrown out, refused until the window ends, and in again", async () => {
  const observed = await observeWith({
    faults: ["revoked(start=50ms, for=200ms)"],
    manners: { knows: ["TOKEN-0"] },
  });
  await vi.waitFor(() => expect(observed.connections(0)).toHaveLength(2));
  const [first, ...others] = observed.observer.connections;
  expect(first?.ended?.how).toBe("ECONNRESET");
  const refused = others.filter(({ token }) => token === "no-such-credentials");
  expect(refused.length).toBeGreaterThanOrEqual(1);
  expect(observed.observer.connections).toHaveLength(refused.length + 2);
  await vi.waitFor(() => expect(observed.fleet.progress.connected).toBe(1));
  expect(observed.fleet.report(observed.origin)).toMatchObject({ refusedConnections: refused.length, reconnects: 1 });
  expect(observed.fired()).toEqual([1]);
});

it("reboot: the reply that was due is gone, the memory as well", async () => {
  const observed = await observeWith({
    faults: ["reboot(start=100ms, for=1ms, after=10ms)"],
    cohort: { latency: "constant(200ms)" },
  });
  const device = observed.connection(0);
  device.request(1, "setValue", { value: 7 });
  await vi.waitFor(() => expect(device.ended?.how).toBe("ECONNRESET"));
  await vi.waitFor(() => expect(observed.connections(0)).toHaveLength(2));
  const again = observed.connection(0);
  await vi.waitFor(() => expect(again.of("subscribe")).toHaveLength(1));
  again.request(2, "getValue");
  await vi.waitFor(() => expect(again.replies).toHaveLength(1));
  expect(device.replies).toEqual([]);
  expect(again.replies[0]?.topic).toBe("v1/devices/me/rpc/response/2");
  expect(observed.fired()).toEqual([1]);
});

it("outage: its share of the cohort is away at once and comes back after the window", async () => {
  const observed = await observeWith({ devices: 12, faults: ["outage(p=50%, start=50ms, for=150ms)"] });
  await vi.waitFor(() => expect(observed.fired()[0]).toBeGreaterThan(0));
  const [away = 0] = observed.fired();
  await vi.waitFor(() => expect(observed.observer.connections).toHaveLength(12 + away));
  await vi.waitFor(() => expect(observed.fleet.progress.connected).toBe(12));
  expect(away).toBeLessThan(12);
  expect(endings(observed)).toEqual(Array.from({ length: away }, () => "ECONNRESET"));
  for (const { openedAt } of observed.observer.connections.slice(12)) {
    expect(openedAt - observed.origin).toBeGreaterThanOrEqual(200 * MILLISECOND);
  }
  expect(observed.fleet.report(observed.origin)).toMatchObject({ reconnects: away, lostConnections: 0, awayAtEnd: 0 });
});

it("storm: every device loses its connection and comes back by its cohort's policy", async () => {
  const observed = await observeWith({
    devices: 10,
    faults: ["storm(spread=50ms, start=20ms, how=fin)"],
    cohort: { reconnect: "fixed(60ms)" },
  });
  await vi.waitFor(() => expect(observed.fleet.report(observed.origin).reconnects).toBe(10));
  expect(endings(observed)).toEqual(Array.from({ length: 10 }, () => "fin"));
  for (let ordinal = 0; ordinal < 10; ordinal++) {
    const [before, after] = observed.connections(ordinal);
    expect((after?.openedAt as number) - observed.origin).toBeGreaterThanOrEqual((20 + 60) * MILLISECOND);
    expect(before?.ended?.at).toBeGreaterThanOrEqual(observed.origin + 20 * MILLISECOND);
  }
  expect(observed.fired()).toEqual([10]);
});

it("storm with nobody coming back: they are away at the end", async () => {
  const observed = await observeWith({ devices: 3, faults: ["storm(start=10ms)"], cohort: { reconnect: "none" } });
  await vi.waitFor(() => expect(endings(observed)).toHaveLength(3));
  await vi.waitFor(() => expect(observed.fleet.report(observed.origin).awayAtEnd).toBe(3));
});
