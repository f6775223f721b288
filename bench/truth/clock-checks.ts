/** That time is measured in microseconds: no millisecond's comb in the sends, and a short delay recorded as itself. */

import type { CallColumns } from "../../protocol/call-records.ts";
import { MILLISECOND } from "../../protocol/time.ts";
import { summarize } from "../../reports/summary.ts";
import { type Check, checkOf } from "./check.ts";
import type { Rig } from "./rig.ts";

const BINS = 20;
/** Chi-squared with 19 degrees of freedom is above this once in 1,000 times; a comb of any kind is thousands. */
const CRITICAL = 43.82;

/** Chi-squared of the phase within a millisecond against evenly spread. */
export function phaseChiSquared(instants: readonly number[]): number {
  const bins = new Float64Array(BINS);
  for (const at of instants) {
    const bin = Math.floor(((at % MILLISECOND) / MILLISECOND) * BINS);
    bins[bin] = (bins[bin] as number) + 1;
  }
  const expected = instants.length / BINS;
  return bins.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

/** Over the runs of the undisturbed generator. */
export function checkPhase(runs: readonly CallColumns[]): Check {
  const phases = (["intendedUs", "sentUs"] as const).map((column) => {
    const instants = runs.flatMap((calls) => [...calls[column].subarray(0, calls.length)]);
    return { column, n: instants.length, chi: phaseChiSquared(instants) };
  });
  const problems = phases
    .filter(({ chi }) => !(chi < CRITICAL))
    .map(({ column, chi }) => `${column} crowd at some phases of the millisecond: chi-squared ${chi.toFixed(0)}.`);
  const notes = phases.map(
    ({ column, n, chi }) => `${column}: chi-squared ${chi.toFixed(1)} over ${n} calls, even below ${CRITICAL}`,
  );
  return checkOf("no comb of milliseconds in intended starts and sends", problems, { notes, runs: 0 });
}

const TOO_SHORT = 1_300;
const TOO_LONG = 1_900;

/**
 * The noise floor: what a Call takes whose answer takes nothing. Then a delay of 1.5 ms above it. The floor is taken before and
 * after, and the lower one counts: on the first run code is not compiled yet.
 */
export async function checkShortDelay(rig: Rig): Promise<{ readonly floor: string; readonly check: Check }> {
  const run = { rate: 200, seconds: 2.5, seed: "floor" } as const;
  const measureFloor = async () =>
    summarize((await rig.run({ ...run, pathology: "no delay at all" })).record).serviceTimeUs;
  const before = await measureFloor();
  const delayed = summarize((await rig.run({ ...run, pathology: "1.5 ms" })).record).serviceTimeUs;
  const ms = (us: number | null): string => `${((us ?? Number.NaN) / MILLISECOND).toFixed(2)} ms`;
  const after = await measureFloor();
  const floor = (after.p50 ?? 0) < (before.p50 ?? 0) ? after : before;
  const above = (delayed.p50 ?? Number.NaN) - (floor.p50 ?? Number.NaN);
  const fine = above > TOO_SHORT && above < TOO_LONG;
  const problems = fine ? [] : [`it reads as ${ms(above)} above the noise floor.`];
  return {
    floor: `noise floor: service time p50 ${ms(floor.p50)}, p99 ${ms(floor.p99)} when the server answers at once`,
    check: checkOf("a delay of 1.5 ms is neither 1.1 nor 2.1", problems, {
      notes: [`${ms(above)} above the noise floor, ${ms(delayed.p50)} in all`],
      runs: 2,
    }),
  };
}
