/** What a device has forgotten is held no longer than the server holds it. */
import { expect, it, vi } from "vitest";
import { observe } from "./observe.ts";

const openSockets = (): number => process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length;

it("a connection that vanished is free once the server has ended it", async () => {
  const observed = await observe(["disconnect(nth=1, how=vanish, reconnect=20ms)"]);
  const ghost = observed.connection(0);
  ghost.request(1, "a");
  await vi.waitFor(() => expect(observed.observer.connections).toHaveLength(2));
  const held = openSockets();
  ghost.socket.end();
  // One end here, one end there.
  await vi.waitFor(() => expect(openSockets()).toBe(held - 2));
  expect(observed.connection(0).ended).toBeUndefined();
});
