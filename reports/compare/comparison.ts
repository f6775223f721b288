/**
 * Two sets of runs against each other. The unit is the run, not the call: more calls in a run do not make the run's own luck
 * smaller. Pairs are tested by signed ranks, sets without pairs by rank sums; a metric that decides must be worse beyond chance
 * (after Holm's correction) and beyond the effect floor, and below the absolute floor nothing counts.
 */
import { type ChangedKey, changedKeys } from "./configuration.ts";
import type { MeasuredRun } from "./measured-run.ts";
import { asChange, METRICS, type Metric, onScale } from "./metric.ts";
import { holm } from "./multiple.ts";
import { rankSum, shift, smallestRankSumP } from "./rank-sum.ts";
import { centre, type Interval, signedRank, smallestSignedRankP } from "./signed-rank.ts";

const COMPARISON_SCHEMA = "rpcfleet.comparison/1";

export interface Rules {
  /** Most chance of a false alarm, over all deciding metrics together. */
  readonly alpha: number;
  /** Smaller relative changes are not worth a verdict, however sure they are. */
  readonly floor: number;
  /** The same for durations, microseconds: 3 % of next to nothing is nothing. */
  readonly absoluteFloorUs: number;
  /** The same for shares. */
  readonly shareFloor: number;
  /** Names of the metrics that decide; the others are shown. */
  readonly deciding: readonly string[];
}

export const DEFAULT_RULES: Rules = {
  alpha: 0.05,
  floor: 0.03,
  absoluteFloorUs: 100,
  shareFloor: 0.001,
  deciding: ["p99(rtt)"],
};

/** Runs of one configuration, and what people call it. */
export interface RunSet {
  readonly label: string;
  readonly runs: readonly MeasuredRun[];
}

export interface MetricChange extends Pick<Metric, "name" | "unit" | "kind" | "worse"> {
  /** Values of the runs that have one, in their order; the same place in both is a pair, when there are pairs. */
  readonly a: readonly number[];
  readonly b: readonly number[];
  /** Of B against A: 0.1 is 10 % more (of shares: the difference); null without values. */
  readonly change: number | null;
  readonly interval: Interval | null;
  /** Chance of a change at least so bad when nothing has changed; corrected where it decides. */
  readonly pWorse: number | null;
  readonly pBetter: number | null;
  readonly decides: boolean;
  /** True when the change is beyond every floor, whichever way it goes. */
  readonly beyondFloor: boolean;
  readonly verdict: "worse" | "better" | "no_evidence" | "no_values";
}

export interface Comparison {
  readonly schema: typeof COMPARISON_SCHEMA;
  readonly verdict: "regression" | "no_regression" | "cannot_tell";
  readonly sentence: string;
  /** What a reader should know besides: runs left out, doubts. */
  readonly notes: readonly string[];
  readonly a: { readonly label: string; readonly runs: readonly string[] };
  readonly b: { readonly label: string; readonly runs: readonly string[] };
  readonly paired: boolean;
  readonly rules: Rules;
  readonly metrics: readonly MetricChange[];
  readonly changedKeys: readonly ChangedKey[];
  /** Why nothing can be decided; empty when it can. */
  readonly doubts: readonly string[];
}

export type Decided = Omit<Comparison, "sentence">;

/** One usable pairing of runs: what is compared after everything unsound was left out. */
export interface SoundRuns {
  readonly a: readonly MeasuredRun[];
  readonly b: readonly MeasuredRun[];
  readonly paired: boolean;
  readonly notes: readonly string[];
}

/** The figures, the tests and the verdict of these runs; every set has at least one run. */
export function decide(a: RunSet, b: RunSet, { sound, rules }: { sound: SoundRuns; rules: Rules }): Decided {
  const tested = METRICS.map((metric) => testMetric(metric, sound, rules));
  const deciding = tested.filter(({ decides }) => decides);
  const worse = holm(deciding.map(({ pWorse }) => pWorse ?? 1));
  const better = holm(deciding.map(({ pBetter }) => pBetter ?? 1));
  const doubts = doubtsOf(sound, deciding, rules);
  const metrics = tested.map((change): MetricChange => {
    const place = deciding.indexOf(change);
    const corrected = place < 0 ? change : { ...change, pWorse: worse[place] ?? 1, pBetter: better[place] ?? 1 };
    return judged(corrected, rules, doubts.length > 0);
  });
  const isWorse = metrics.some(({ decides, verdict }) => decides && verdict === "worse");
  const [first, second] = [a.runs[0] as MeasuredRun, b.runs[0] as MeasuredRun];
  return {
    schema: COMPARISON_SCHEMA,
    verdict: doubts.length > 0 ? "cannot_tell" : isWorse ? "regression" : "no_regression",
    notes: sound.notes,
    a: { label: a.label, runs: sound.a.map(({ path }) => path) },
    b: { label: b.label, runs: sound.b.map(({ path }) => path) },
    paired: sound.paired,
    rules,
    metrics,
    changedKeys: changedKeys(first.configuration, second.configuration),
    doubts,
  };
}

type Tested = Omit<MetricChange, "verdict">;

function testMetric(metric: Metric, sound: SoundRuns, rules: Rules): Tested {
  const { name, unit, kind, worse } = metric;
  const { a, b } = valuesOf(metric, sound);
  const base = { name, unit, kind, worse, a, b, decides: rules.deciding.includes(name) };
  if (a.length === 0 || b.length === 0) {
    return { ...base, change: null, interval: null, pWorse: null, pBetter: null, beyondFloor: false };
  }
  const [from, to] = [a, b].map((values) => values.map((value) => onScale(metric, value))) as [number[], number[]];
  const differences = to.map((value, index) => value - (from[index] as number));
  const estimate = sound.paired ? centre(differences) : shift(from, to);
  const test = sound.paired ? signedRank(differences) : rankSum(from, to);
  const change = asChange(metric, estimate?.value ?? 0);
  const interval = estimate?.interval;
  return {
    ...base,
    change,
    interval:
      interval === undefined
        ? null
        : { ...interval, low: asChange(metric, interval.low), high: asChange(metric, interval.high) },
    pWorse: worse === "more" ? test.pGreater : test.pLess,
    pBetter: worse === "more" ? test.pLess : test.pGreater,
    beyondFloor: isBeyondFloor(metric, { a, b, paired: sound.paired, change }, rules),
  };
}

/** A run that cannot tell a figure leaves its pair out, so that the same runs stand on both sides. */
function valuesOf({ of }: Metric, { a, b, paired }: SoundRuns): { a: number[]; b: number[] } {
  const read = (runs: readonly MeasuredRun[]): (number | null)[] => runs.map(({ figures }) => of(figures));
  const [from, to] = [read(a), read(b)];
  const keep = (values: readonly (number | null)[], others: readonly (number | null)[]): number[] =>
    values.filter((value, index): value is number => value !== null && (!paired || others[index] !== null));
  return { a: keep(from, to), b: keep(to, from) };
}

interface Found {
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly paired: boolean;
  readonly change: number;
}

function isBeyondFloor({ kind, unit }: Metric, { a, b, paired, change }: Found, rules: Rules): boolean {
  if (kind === "difference") return Math.abs(change) > rules.shareFloor;
  if (Math.abs(change) <= rules.floor) return false;
  if (unit !== "us") return true;
  const moved = paired ? centre(b.map((value, index) => value - (a[index] as number))) : shift(a, b);
  return Math.abs(moved?.value ?? 0) > rules.absoluteFloorUs;
}

function judged(tested: Tested, { alpha }: Rules, doubtful: boolean): MetricChange {
  const { pWorse, pBetter, change, beyondFloor } = tested;
  if (change === null || pWorse === null || pBetter === null) return { ...tested, verdict: "no_values" };
  if (doubtful || !beyondFloor) return { ...tested, verdict: "no_evidence" };
  const verdict = pWorse <= alpha ? "worse" : pBetter <= alpha ? "better" : "no_evidence";
  return { ...tested, verdict };
}

/** Smallest p that so many runs could come to. */
function smallestP({ a, b }: Pick<Tested, "a" | "b">, paired: boolean): number {
  return paired ? smallestSignedRankP(a.length) : smallestRankSumP(a.length, b.length);
}

/** Pairs that so many deciding metrics need at the least: 5 for one, 6 for two, 7 for up to six. */
export function pairsNeeded({ alpha, deciding }: Pick<Rules, "alpha" | "deciding">): number {
  return Math.ceil(Math.log2(Math.max(1, deciding.length) / alpha));
}

function doubtsOf(sound: SoundRuns, deciding: readonly Tested[], rules: Rules): string[] {
  const { a, b, paired } = sound;
  if (a.length === 0 || b.length === 0) return ["No sound run is left to compare."];
  if (a.length === 1 && b.length === 1) {
    return [
      "One run of each decides nothing: two runs of the same thing differ too. These are differences, no verdict.",
    ];
  }
  const doubts: string[] = [];
  const missing = deciding.filter((metric) => metric.a.length === 0 || metric.b.length === 0);
  for (const { name } of missing) doubts.push(`No run has ${name}: too few calls to tell it.`);
  const weak = deciding.filter(
    (metric) => !missing.includes(metric) && smallestP(metric, paired) * deciding.length > rules.alpha,
  );
  if (weak.length > 0) doubts.push(tooFew(sound, deciding.length, rules));
  if (isInBlocks(sound)) {
    doubts.push(
      "All runs of one side were made before those of the other, so what the machine did meanwhile counts as a difference; `rpcfleet ab` takes turns.",
    );
  }
  return doubts;
}

function tooFew({ a, b, paired }: SoundRuns, deciding: number, rules: Rules): string {
  const metrics = deciding === 1 ? "one deciding metric" : `${deciding} deciding metrics`;
  if (paired) {
    const pairs = a.length === 1 ? "1 pair" : `${a.length} pairs`;
    return `${pairs} cannot decide ${metrics} at ${rules.alpha}: that takes at least ${pairsNeeded(rules)}.`;
  }
  return `${a.length} runs against ${b.length} cannot decide ${metrics} at ${rules.alpha}, whatever they show.`;
}

function isInBlocks({ a, b }: SoundRuns): boolean {
  if (a.length < 2 || b.length < 2) return false;
  const startsOf = (runs: readonly MeasuredRun[]): number[] =>
    runs.map(({ figures }) => Date.parse(figures.window.startedAt));
  const [from, to] = [startsOf(a), startsOf(b)];
  return Math.max(...from) < Math.min(...to) || Math.max(...to) < Math.min(...from);
}
