/** C5, D8, D9, E5 and G5 on the wire: devices that are there twice, always the same slow ones, and wrong clocks. */
import { expect, it, vi } from "vitest";
import { HOUR, MILLISECOND } from "../../protocol/time.ts";
import { observeWith } from "./observe.ts";

it("takeover: the same client id again and again, while the old connections are there", async () => {
  const observed = await observeWith({ faults: ["takeover(times=3, gap=30ms)"] });
  await vi.waitFor(() => expect(observed.connections(0)).toHaveLength(4));
  const all = observed.connections(0);
  expect(new Set(all.map(({ connect }) => connect.clientId))).toEqual(new Set(["rpcfleet-t-0"]));
  expect(all.map(({ ended }) => ended)).toEqual([undefined, undefined, undefined, undefined]);
  await vi.waitFor(() => expect(observed.fleet.report(observed.origin).reconnects).toBe(3));
  expect(observed.fired()).toEqual([3]);
  // The server throws the old ones out, which is nothing to the device.
  for (const { socket } of all.slice(0, 3)) socket.destroy();
  const latest = observed.connection(0);
  await vi.waitFor(() => expect(latest.of("subscribe")).toHaveLength(1));
  latest.request(1, "a");
  await vi.waitFor(() => expect(latest.replies).toHaveLength(1));
  expect(observed.fleet.report(observed.origin).lostConnections).toBe(0);
});

it("takeover: a request of the old connection is answered on the new one", async () => {
  const observed = await observeWith({ faults: ["takeover(start=150ms)"], cohort: { latency: "constant(500ms)" } });
  const [first] = observed.connections(0);
  first?.request(1, "a");
  await vi.waitFor(() => expect(observed.connections(0)).toHaveLength(2));
  await vi.waitFor(() => expect(observed.connection(0).replies).toHaveLength(1));
  expect(first?.replies).toEqual([]);
});

it("twin: further sessions with client ids of their own answer what each is asked, until the window ends", async () => {
  const observed = await observeWith({ faults: ["twin(sessions=2, for=600ms)"] });
  await vi.waitFor(() => expect(observed.connections(0)).toHaveLength(3));
  const all = observed.connections(0);
  await vi.waitFor(() => expect(all.map((each) => each.of("subscribe").length)).toEqual([1, 1, 1]));
  expect(all.map(({ connect }) => connect.clientId)).toEqual([
    "rpcfleet-t-0",
    "rpcfleet-t-0-twin",
    "rpcfleet-t-0-twin2",
  ]);
  for (const connection of all) connection.request(7, "a");
  await vi.waitFor(() => expect(all.map(({ replies }) => replies.length)).toEqual([1, 1, 1]));
  await vi.waitFor(() => expect(all.slice(1).map((each) => each.of("disconnect").length)).toEqual([1, 1]));
  expect(all[0]?.ended).toBeUndefined();
  expect(observed.fired()).toEqual([1]);
});

it("twin_reply: the reply of one session comes from the other as well", async () => {
  const observed = await observeWith({ faults: ["twin_reply"] });
  await vi.waitFor(() => expect(observed.connections(0)).toHaveLength(2));
  const [own, other] = observed.connections(0);
  await vi.waitFor(() => expect(observed.fired()).toEqual([1]));
  own?.request(7, "a");
  await vi.waitFor(() => expect(other?.replies).toHaveLength(1));
  await vi.waitFor(() => expect(own?.replies).toHaveLength(1));
  expect(other?.replies[0]?.topic).toBe("v1/devices/me/rpc/response/7");
  expect(other?.replies[0]?.payload).toBe(own?.replies[0]?.payload);
  expect(other?.of("subscribe")).toEqual([]);
});

it("slow_cohort: the same devices each time, and only they", async () => {
  const observed = await observeWith({ devices: 12, faults: ["slow_cohort(p=40%, factor=100)"] });
  const slow: number[][] = [];
  for (const id of [1, 2]) {
    const asked = Array.from({ length: 12 }, (_, ordinal) => observed.connection(ordinal).request(id, "a"));
    const [before = 0] = observed.fired();
    for (let ordinal = 0; ordinal < 12; ordinal++) {
      await vi.waitFor(() => expect(observed.connection(ordinal).replies).toHaveLength(id));
    }
    const [after = 0] = observed.fired();
    const took = asked.map((at, ordinal) => (observed.connection(ordinal).replies[id - 1]?.at as number) - at);
    const order = [...took.keys()].sort((a, b) => (took[b] as number) - (took[a] as number));
    slow.push(order.slice(0, after - before).sort((a, b) => a - b));
    for (const ordinal of slow.at(-1) ?? []) expect(took[ordinal]).toBeGreaterThanOrEqual(100 * MILLISECOND);
  }
  expect(slow[0]?.length).toBeGreaterThan(0);
  expect(slow[0]?.length).toBeLessThan(12);
  expect(slow[1]).toEqual(slow[0]);
});

it.each([
  ["ahead=2h", 2 * HOUR],
  ["behind=2h", -2 * HOUR],
])("clock_skew(%s): the reply says so", async (argument, offset) => {
  const observed = await observeWith({ faults: [`clock_skew(${argument})`] });
  const device = observed.connection(0);
  const before = Date.now();
  device.request(1, "a", { nonce: "t-1" });
  await vi.waitFor(() => expect(device.replies).toHaveLength(1));
  const { ts, nonce } = JSON.parse(device.replies[0]?.payload as string);
  expect(nonce).toBe("t-1");
  expect(ts).toBeGreaterThanOrEqual(before + offset / MILLISECOND);
  expect(ts).toBeLessThanOrEqual(Date.now() + offset / MILLISECOND);
  expect(observed.fired()).toEqual([1]);
});
