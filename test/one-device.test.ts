/** One device of a fleet, alone: it does what it does among all of them. */
import { afterEach, expect, it, vi } from "vitest";
import { type ObservedFleet, type ObservedOptions, observeFleet } from "./faults/observed-fleet.ts";

const DEVICES = 8;
const ALONE = 5;
const open: ObservedFleet[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.finish();
});

const MANNERS: ObservedOptions = {
  devices: DEVICES,
  faults: ["error(p=40%)", "drop(p=20%)"],
  cohort: { latency: "spread(lognormal(p50=5ms, p99=40ms), tau=0.5)" },
};

/** What the device does with twenty requests, told by its own ledger. */
async function programmeOf(options: ObservedOptions): Promise<string[]> {
  const observed = await observeFleet(options);
  open.push(observed);
  const device = observed.connection(ALONE);
  for (let i = 0; i < 20; i++) device.request(i, "getValue");
  await vi.waitFor(() => expect(device.of("puback")).toHaveLength(20));
  await vi.waitFor(() => expect(observed.fleet.pending).toBe(0));
  const { ledger } = observed.fleet.report(observed.origin);
  return Array.from({ length: ledger.length }, (_, row) => row)
    .filter((row) => ledger.device[row] === ALONE)
    .map((row) => `${ledger.programmedUs[row]} ${ledger.faults[row]} ${ledger.cohort[row]}`);
}

it("draws the same delays and meets the same faults", async () => {
  const among = await programmeOf(MANNERS);
  const devices = [{ id: "alone", token: `TOKEN-${ALONE}` }];
  const alone = await programmeOf({ ...MANNERS, plan: { devices, firstOrdinal: ALONE } });
  expect(alone).toHaveLength(20);
  expect(alone).toEqual(among);
  const another = await programmeOf({ ...MANNERS, plan: { devices, firstOrdinal: ALONE + 1 } }).catch(() => []);
  expect(another).not.toEqual(among);
});
