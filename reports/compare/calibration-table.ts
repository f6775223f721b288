/** Trials of comparing a thing with itself, and with a slower self -> the calibration of a machine, and its table. */

import { formatShare, NOTHING } from "../format.ts";
import type { HostFacts } from "../run-record.ts";
import { compareRuns } from "./compare-runs.ts";
import { DEFAULT_RULES } from "./comparison.ts";
import { formatChange } from "./comparison-words.ts";
import { fingerprintOf } from "./configuration.ts";
import { CALIBRATION_SCHEMA, type Calibration } from "./machine-noise.ts";
import type { MeasuredRun } from "./measured-run.ts";
import { asChange, METRICS } from "./metric.ts";
import { countedShare, type Share } from "./multiple.ts";
import { noiseOf, smallestEffect } from "./noise.ts";

/** One trial: pairs of runs of the base, of the same again, and of the slowed one where there is one. */
export interface Trial {
  readonly base: readonly MeasuredRun[];
  readonly again: readonly MeasuredRun[];
  readonly injected: readonly MeasuredRun[] | undefined;
}

export interface CalibrationFacts
  extends Pick<Calibration, "command" | "seed" | "startedAt" | "tookS" | "mode" | "run"> {
  readonly host: HostFacts;
  readonly pairs: number;
  /** 0.1: devices take 10 % longer; undefined: nothing was injected. */
  readonly injected: number | undefined;
  readonly repeatedRounds: number;
  readonly droppedRounds: number;
}

/** Folds the trials; the same trials always give the same calibration. */
export function calibrate(trials: readonly Trial[], facts: CalibrationFacts): Calibration {
  const { injected, host, ...rest } = facts;
  const same = trials.map(({ base, again }) => verdictOf(base, again));
  const slowed = trials.flatMap(({ base, injected: slow }) => (slow === undefined ? [] : [verdictOf(base, slow)]));
  const { cpu, cores, memoryMiB, platform, node, rpcfleet } = host;
  return {
    schema: CALIBRATION_SCHEMA,
    ...rest,
    fingerprint: fingerprintOf(host),
    host: { cpu, cores, memoryMiB, platform, node, rpcfleet },
    alpha: DEFAULT_RULES.alpha,
    floor: DEFAULT_RULES.floor,
    deciding: [...DEFAULT_RULES.deciding],
    falseAlarms: shareOf(same),
    power: injected === undefined ? null : { ...shareOf(slowed), injected },
    cannotTell: [...same, ...slowed].filter((verdict) => verdict === "cannot_tell").length,
    noise: noiseTable(trials, facts.pairs),
  };
}

type Verdict = ReturnType<typeof compareRuns>["verdict"];

function verdictOf(a: readonly MeasuredRun[], b: readonly MeasuredRun[]): Verdict {
  if (a.length === 0 || b.length === 0) return "cannot_tell";
  return compareRuns({ label: "A", runs: a }, { label: "B", runs: b }, DEFAULT_RULES).verdict;
}

function shareOf(verdicts: readonly Verdict[]): Share {
  const decided = verdicts.filter((verdict) => verdict !== "cannot_tell");
  return countedShare(decided.filter((verdict) => verdict === "regression").length, decided.length);
}

function noiseTable(trials: readonly Trial[], pairs: number): Calibration["noise"] {
  const all = trials.flatMap(({ base, again }) =>
    base.map((run, index) => [run, again[index] as MeasuredRun] as const),
  );
  return METRICS.flatMap((metric) => {
    const noise = noiseOf(metric, all);
    if (noise === undefined) return [];
    const effect = metric.kind === "ratio" ? smallestEffect(pairs, noise.sd, DEFAULT_RULES) : undefined;
    return [{ metric: metric.name, ...noise, smallestEffect: effect ?? null }];
  });
}

/** What a machine must show to be fit for verdicts: alarms in at most 5 % of the trials, the slow-down found in at least 80 %. */
export function isFit({ falseAlarms, power }: Calibration): boolean {
  const alarmsFine = falseAlarms.trials > 0 && falseAlarms.count <= Math.ceil(0.05 * falseAlarms.trials);
  return alarmsFine && (power === null || power.count >= 0.8 * power.trials);
}

/** Fewer trials than this say little of a share of 5 %. */
const TELLING_TRIALS = 20;

function fitness(calibration: Calibration): string {
  const { falseAlarms, pairs, noise, deciding } = calibration;
  if (!isFit(calibration)) return "Goals missed: with these runs this machine is not fit for verdicts.";
  if (falseAlarms.trials < TELLING_TRIALS) {
    return `Goals met, but a few trials say little: ${TELLING_TRIALS} or more make it a statement.`;
  }
  const least = noise
    .filter(({ metric }) => deciding.includes(metric))
    .map(({ metric, smallestEffect }) => `${metric} from ${formatChange(smallestEffect, "ratio")} on`);
  return `Goals met: ${pairs} pairs of these runs find changes of ${least.join(", ")}.`;
}

/** The calibration as a table for a terminal. */
export function calibrationText(calibration: Calibration): string {
  const { falseAlarms, power, pairs, noise, run, mode, tookS, cannotTell, repeatedRounds, droppedRounds } = calibration;
  const share = ({ count, trials, low, high }: Share): string =>
    `${count} of ${trials}  (95 % interval ${formatShare(Number(low.toFixed(4)))} to ${formatShare(Number(high.toFixed(4)))})`;
  const lines = [
    `machine ${calibration.fingerprint}: ${calibration.host.cpu}, ${calibration.host.cores} cores, ${mode} runs, ${Math.round(tookS)} s`,
    `one run: ${run}; one trial: ${pairs} pairs; ${calibration.deciding.join(", ")} decides at ${calibration.alpha} beyond ${calibration.floor * 100} %`,
    "",
    `false alarms  ${share(falseAlarms)}  goal: at most 5 %`,
    ...(power === null
      ? []
      : [`${formatChange(power.injected, "ratio")} found   ${share(power)}  goal: at least 80 %`]),
    `undecided     ${cannotTell} trials; ${repeatedRounds} rounds made again, ${droppedRounds} dropped, for an unsound load generator`,
    "",
    "metric         noise of a pair (sd)   smallest change found 4 times out of 5",
    ...noise.map(({ metric, sd, smallestEffect }) => {
      const kind = smallestEffect === null ? "difference" : "ratio";
      const spread = formatChange(asChange({ kind }, sd), kind).replace("+", "");
      const least = smallestEffect === null ? NOTHING : formatChange(smallestEffect, "ratio");
      return `${metric.padEnd(15)}${spread.padStart(20)}   ${least.padStart(12)}`;
    }),
    "",
    fitness(calibration),
    `again: ${calibration.command}`,
  ];
  return `${lines.join("\n")}\n`;
}
