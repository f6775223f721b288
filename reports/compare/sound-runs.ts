/** Which runs can be set against each other: sound ones, in pairs when both sides ran the same plans. */

import type { RunSet, SoundRuns } from "./comparison.ts";
import { identityOf } from "./configuration.ts";
import { flawOf, type MeasuredRun } from "./measured-run.ts";

/** Sorts runs out: pairs by their seeds (the same plan on both sides) where that is possible, and nothing that is flawed. */
export function soundRuns(a: RunSet, b: RunSet): SoundRuns {
  const paired = pairBySeed(a.runs, b.runs);
  const notes: string[] = [];
  if (paired === undefined) {
    const keep = ({ label, runs }: RunSet): MeasuredRun[] => runs.filter((run) => isSound(run, label, notes));
    return { a: keep(a), b: keep(b), paired: false, notes };
  }
  const kept = paired.filter(([first, second]) => {
    const sound = [isSound(first, a.label, notes), isSound(second, b.label, notes)];
    return sound.every(Boolean);
  });
  return { a: kept.map(([first]) => first), b: kept.map(([, second]) => second), paired: true, notes };
}

function isSound(run: MeasuredRun, label: string, notes: string[]): boolean {
  const flaw = flawOf(run);
  if (flaw !== undefined) notes.push(`A run of ${label} is left out (${run.path}): ${flaw}.`);
  return flaw === undefined;
}

/** The runs in pairs of one seed; undefined when some run has no partner, or a seed stands twice on one side and not on the other. */
function pairBySeed(a: readonly MeasuredRun[], b: readonly MeasuredRun[]): [MeasuredRun, MeasuredRun][] | undefined {
  if (a.length !== b.length) return undefined;
  const rest = [...b];
  const pairs: [MeasuredRun, MeasuredRun][] = [];
  for (const run of a) {
    const place = rest.findIndex(({ figures }) => figures.seed === run.figures.seed);
    if (place < 0) return undefined;
    pairs.push([run, ...(rest.splice(place, 1) as [MeasuredRun])]);
  }
  return pairs;
}

/** Sentences about runs that were not made of the same scenario: within a side always, between the sides unless that is wanted. */
export function mismatches(a: RunSet, b: RunSet): { readonly within: string[]; readonly between: boolean } {
  const within = [a, b].flatMap(({ label, runs }) => {
    const identity = identityOf((runs[0] as MeasuredRun).configuration);
    return runs
      .filter(({ configuration }) => identityOf(configuration) !== identity)
      .map(({ path }) => `${path}: expected a run of the same scenario as the first of ${label}`);
  });
  const [first, second] = [a.runs[0] as MeasuredRun, b.runs[0] as MeasuredRun];
  return { within, between: identityOf(first.configuration) !== identityOf(second.configuration) };
}
