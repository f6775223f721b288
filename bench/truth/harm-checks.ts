/** A generator that is harmed must say so every time, and one that is left alone never. */

import type { CallColumns } from "../../protocol/call-records.ts";
import { MILLISECOND } from "../../protocol/time.ts";
import { summarize } from "../../reports/summary.ts";
import { type Check, checkOf } from "./check.ts";
import type { Harm } from "./harm.ts";
import { unwellRows } from "./pathology-checks.ts";
import type { Rig, TruthRun } from "./rig.ts";

const SECONDS = 2.5;

const HEALTHY = { pathology: "healthy", rate: 200, seconds: SECONDS } as const;

/** Half a run's worth of harm: it begins early enough to end before the last Call. */
export const HARMS: readonly { readonly title: string; readonly harm: Harm }[] = [
  { title: "event loop held up for 300 ms", harm: { kind: "block", atMs: 1_400, forMs: 300 } },
  { title: "whole heap collected 5 times a second", harm: { kind: "garbage", everyMs: 200, objects: 1_000_000 } },
  { title: "process stands still for 60 of every 300 ms", harm: { kind: "quota", everyMs: 300, forMs: 60 } },
];

export function harmRun(index: number, harm?: Harm): TruthRun {
  return { ...HEALTHY, seed: `health ${index}`, ...(harm === undefined ? {} : { harm }) };
}

/** So many runs, harmed or not, and what their health said. */
export async function checkHealth(
  rig: Rig,
  { title, harm }: { readonly title: string; readonly harm?: Harm },
  runs: number,
): Promise<Check & { readonly rows: readonly CallColumns[] }> {
  const rows: CallColumns[] = [];
  const notes: string[] = [];
  let invalid = 0;
  for (let index = 0; index < runs; index++) {
    const { record, calls } = await rig.run(harmRun(index, harm));
    const summary = summarize(record);
    const { health, sendLagUs } = summary;
    if (health.verdict === "invalid") invalid++;
    const lag = `send lag p99 ${((sendLagUs.p99 ?? 0) / MILLISECOND).toFixed(2)} ms`;
    notes.push(health.verdict === "healthy" ? `healthy (${lag})` : `${health.verdict} (${unwellRows(summary)})`);
    rows.push(calls);
  }
  const wanted = harm === undefined ? 0 : runs;
  const problems = invalid === wanted ? [] : [`${invalid} of ${runs} runs were invalid instead of ${wanted}.`];
  return { ...checkOf(`${title}: ${invalid} of ${runs} invalid`, problems, { notes, runs }), rows };
}
