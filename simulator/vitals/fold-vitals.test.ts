import { describe, expect, it } from "vitest";
import { SECOND } from "../../protocol/time.ts";
import { foldVitals } from "./fold-vitals.ts";
import type { MachineSample } from "./machine-watch.ts";
import type { ThreadSample } from "./thread-watch.ts";

const ORIGIN = 7_000_000_000;
const thread = (change: Partial<ThreadSample>): ThreadSample => {
  return { at: ORIGIN + SECOND, duration: SECOND, busy: 0.1, gcPauses: 1, gcSum: 900, gcMax: 900, ...change };
};
const machine = (change: Partial<MachineSample>): MachineSample => {
  return {
    at: ORIGIN + SECOND,
    duration: SECOND,
    stealShare: 0,
    busyShare: 0.75,
    throttled: 0,
    processCores: 0.5,
    ...change,
  };
};

describe("foldVitals", () => {
  it("puts each sample into the second its middle lies in, late ones too, and leaves gaps at 0", () => {
    const samples = [
      thread({ at: ORIGIN + 1.02 * SECOND, duration: 1.02 * SECOND, busy: 0.2 }),
      thread({ at: ORIGIN + 4.3 * SECOND, duration: 1.3 * SECOND, busy: 0.9, gcPauses: 3, gcSum: 5_000, gcMax: 4_000 }),
    ];
    const [caller] = foldVitals({ origin: ORIGIN, threads: [{ name: "caller", samples }], machine: [] }).threads;
    expect(caller).toEqual({
      name: "caller",
      busyMean: [0.2, 0, 0, 0.9],
      busyMax: [0.2, 0, 0, 0.9],
      gcPauses: [1, 0, 0, 3],
      gcSumUs: [900, 0, 0, 5_000],
      gcMaxUs: [900, 0, 0, 4_000],
    });
  });

  it("does not take a busy rest of some milliseconds for a busy second, but keeps its collections", () => {
    const rest = thread({ at: ORIGIN + 1.01 * SECOND, duration: SECOND / 100, busy: 1, gcMax: 2_000 });
    const { threads } = foldVitals({
      origin: ORIGIN,
      threads: [
        { name: "caller", samples: [thread({}), rest] },
        { name: "short", samples: [rest] },
      ],
      machine: [],
    });
    expect(threads.map(({ busyMax, gcMaxUs, gcPauses }) => [busyMax, gcMaxUs, gcPauses])).toEqual([
      [[0.1089], [2_000], [2]],
      [
        [0, 1],
        [0, 2_000],
        [0, 1],
      ],
    ]);
  });

  it("keeps hours in 600 slots without losing the worst second", () => {
    const samples = Array.from({ length: 7_200 }, (_, second) =>
      thread({ at: ORIGIN + (second + 1) * SECOND, busy: second === 5_001 ? 0.97 : 0.1, gcMax: second }),
    );
    const vitals = foldVitals({ origin: ORIGIN, threads: [{ name: "caller", samples }], machine: [] });
    const [caller] = vitals.threads;
    expect(vitals.slotS).toBe(12);
    expect(caller?.busyMax).toHaveLength(600);
    expect(caller?.busyMax[Math.floor(5_001 / 12)]).toBe(0.97);
    expect(caller?.gcMaxUs.at(-1)).toBe(7_199);
    expect(caller?.gcPauses.reduce((sum, count) => sum + count, 0)).toBe(7_200);
  });

  it("says of a machine what can be read there, and nothing of what cannot", () => {
    const machineOf = (samples: MachineSample[]) =>
      foldVitals({ origin: ORIGIN, threads: [], machine: samples }).machine;
    expect(machineOf([machine({ stealShare: 0.25, throttled: 80_000 })])).toEqual({
      stealShare: [0.25],
      busyShare: [0.75],
      throttledUs: [80_000],
      processCores: [0.5],
    });
    expect(machineOf([machine({ stealShare: undefined, busyShare: undefined, throttled: undefined })])).toEqual({
      stealShare: undefined,
      busyShare: undefined,
      throttledUs: undefined,
      processCores: [0.5],
    });
  });
});
