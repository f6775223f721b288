/** Earlier runs of a scenario that lie beside a run's folder: where a figure comes from is easier seen in a row of them. */
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { type GateResult, type Summary, summarySchema } from "./summary-schema.ts";

const MOST_RUNS = 20;
const SUMMARY_FILE = "summary.json";

/** No more of a summary than is shown: those of other versions are understood as well. */
const SEEN = summarySchema.pick({ scenario: true, window: true, verdict: true }).extend({
  gates: z.array(
    summarySchema.shape.gates.element.pick({ text: true, unit: true, observed: true, limit: true, verdict: true }),
  ),
});

export interface HistoryRun {
  /** Name of its folder, beside this run's. */
  readonly folder: string;
  readonly startedAt: string;
  readonly verdict: Summary["verdict"];
  readonly gates: readonly Pick<GateResult, "text" | "unit" | "observed" | "limit" | "verdict">[];
}

/**
 * The last runs of the same scenario before this one, the earliest first; at most 20. A folder that has no summary, or one that cannot
 * be understood (something else wrote it, or is just writing it), is passed over: history is an aid, not a figure.
 */
export function readHistory(
  directory: string,
  { scenario, window }: Pick<Summary, "scenario" | "window">,
): HistoryRun[] {
  const parent = dirname(directory);
  const own = basename(directory);
  return namesIn(parent)
    .filter((name) => name !== own && name.includes(scenario))
    .map((name) => readOne(parent, name))
    .filter((run) => run !== undefined)
    .filter((run) => run.scenario === scenario && run.startedAt < window.startedAt)
    .sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1))
    .slice(-MOST_RUNS)
    .map(({ scenario: _, ...run }) => run);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readOne(parent: string, folder: string): (HistoryRun & { readonly scenario: string }) | undefined {
  try {
    const parsed = SEEN.safeParse(JSON.parse(readFileSync(join(parent, folder, SUMMARY_FILE), "utf8")));
    if (!parsed.success) return undefined;
    const { scenario, window, verdict, gates } = parsed.data;
    return { scenario, folder, startedAt: window.startedAt, verdict, gates };
  } catch {
    return undefined;
  }
}
