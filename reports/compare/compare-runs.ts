/** Two sets of runs -> the whole comparison. */
import { type Comparison, decide, type Rules, type RunSet } from "./comparison.ts";
import { verdictSentence } from "./comparison-words.ts";
import { soundRuns } from "./sound-runs.ts";

/**
 * Compares B with A; both have at least one run, all of one side of the same scenario. The same runs give the same comparison.
 * `notes` are what the maker of the runs has to say besides.
 */
export function compareRuns(a: RunSet, b: RunSet, rules: Rules, notes: readonly string[] = []): Comparison {
  const sound = soundRuns(a, b);
  const decided = decide(a, b, { sound: { ...sound, notes: [...notes, ...sound.notes] }, rules });
  return { ...decided, sentence: verdictSentence(decided) };
}

/** Exit code of a comparison: 0 no regression, 1 regression, 3 cannot tell. */
export function comparisonExitCode({ verdict }: Comparison): 0 | 1 | 3 {
  return ({ no_regression: 0, regression: 1, cannot_tell: 3 } as const)[verdict];
}
