/** A5, A6, B10, D2 on the wire. */
import { expect, it, vi } from "vitest";
import { MILLISECOND } from "../../protocol/time.ts";
import { observeWith } from "./observe.ts";

it("drop: acknowledged, and never answered, while the next request is", async () => {
  const observed = await observeWith({ faults: ["drop(nth=1)"] });
  const device = observed.connection(0);
  device.request(1, "a");
  device.request(2, "b");
  await vi.waitFor(() => expect(device.replies.map(({ topic }) => topic)).toEqual(["v1/devices/me/rpc/response/2"]));
  expect(device.of("puback").map(({ messageId }) => messageId)).toEqual([1, 2]);
});

it("late: the reply comes after the deadline, not before", async () => {
  const observed = await observeWith({ faults: ["late(by=50ms)"] });
  const device = observed.connection(0);
  const at = device.request(1, "a");
  await vi.waitFor(() => expect(device.replies).toHaveLength(1));
  expect((device.replies[0]?.at as number) - at).toBeGreaterThanOrEqual(350 * MILLISECOND);
});

it("error: the reply is an error, with the caller's nonce", async () => {
  const observed = await observeWith({ faults: ["error"] });
  const device = observed.connection(0);
  device.request(1, "a", { nonce: "t-1" });
  await vi.waitFor(() =>
    expect(device.replies.map(({ payload }) => payload)).toEqual(['{"error":"device failure","nonce":"t-1"}']),
  );
});

it.each(["fin", "reset", "disconnect"] as const)(
  "disconnect: by %s in the reply's place, and back again",
  async (how) => {
    const observed = await observeWith({ faults: [`disconnect(nth=1, how=${how}, reconnect=20ms)`] });
    const device = observed.connection(0);
    device.request(1, "a");
    await vi.waitFor(() => expect(device.ended?.how).toBe(how === "reset" ? "ECONNRESET" : "fin"));
    expect(device.replies).toEqual([]);
    expect(device.of("disconnect")).toHaveLength(how === "disconnect" ? 1 : 0);
    await vi.waitFor(() => expect(observed.observer.connections).toHaveLength(2));
  },
);

it("disconnect: vanished, the old connection stays open beside the new one", async () => {
  const observed = await observeWith({ faults: ["disconnect(nth=1, how=vanish, reconnect=20ms)"] });
  const device = observed.connection(0);
  device.request(1, "a");
  await vi.waitFor(() => expect(observed.observer.connections).toHaveLength(2));
  expect(device.ended).toBeUndefined();
});
