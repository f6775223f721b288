import fc from "fast-check";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type ConnectingDevice, ConnectWindow } from "./connect-window.ts";

interface Tried extends ConnectingDevice {
  attemptChanged: boolean;
  tries: number;
}

const devices = (count: number): Tried[] =>
  Array.from({ length: count }, () => {
    const device = { attemptChanged: false, tries: 0, connect: () => void device.tries++ };
    return device;
  });

const begun = (all: readonly Tried[]): number => all.filter(({ tries }) => tries > 0).length;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("no more than its width are in the making at once, and all are in the end, whatever becomes of each", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 8 }),
      fc.array(fc.boolean(), { minLength: 1, maxLength: 40 }),
      async (width, fates) => {
        const all = devices(fates.length);
        const window = new ConnectWindow({ width, rate: undefined, devices: all });
        const running = window.run();
        let ended = 0;
        for (const [index, isGood] of fates.entries()) {
          expect(begun(all) - ended).toBe(Math.min(width, all.length - ended));
          if (isGood) window.settle(all[index] as Tried);
          else expect(window.fail(all[index] as Tried, "refused: bad credentials")).toBe("given up");
          ended++;
        }
        await running;
        expect(window.failed).toBe(fates.filter((isGood) => !isGood).length);
        expect(window.firstFailure).toBe(window.failed === 0 ? undefined : "refused: bad credentials");
      },
    ),
    { numRuns: 50 },
  );
});

it("tries three times what may go better, and not what is refused", () => {
  const [device] = devices(1) as [Tried];
  const window = new ConnectWindow({ width: 1, rate: undefined, devices: [device] });
  void window.run();
  expect(window.fail(device, "ECONNRESET")).toBe("again");
  expect(window.fail(device, "no CONNACK")).toBe("again");
  expect(window.fail(device, "ECONNRESET")).toBe("given up");
  expect(window.fail(device, "ECONNRESET")).toBeUndefined();
  expect(window.failed).toBe(1);
});

it("waits for no attempt that a fault has spoilt, and does not count it as given up", async () => {
  const [device] = devices(1) as [Tried];
  const window = new ConnectWindow({ width: 1, rate: undefined, devices: [device] });
  const running = window.run();
  device.attemptChanged = true;
  expect(window.fail(device, "ECONNREFUSED")).toBeUndefined();
  await running;
  expect(window.failed).toBe(0);
});

it("begins no more in a second than its rate allows", async () => {
  const all = devices(100);
  const window = new ConnectWindow({ width: 100, rate: 10, devices: all });
  const running = window.run();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(begun(all)).toBe(10);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(begun(all)).toBe(30);
  for (let round = 0; round < 100 && begun(all) < 100; round++) await vi.advanceTimersByTimeAsync(100);
  for (const device of all) window.settle(device);
  await running;
});
