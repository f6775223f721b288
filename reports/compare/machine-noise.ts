/** What a calibration found out about a machine: how often comparing a thing with itself alarms, and how much each metric moves by itself. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { formatShare } from "../format.ts";
import { machineSchema } from "../summary-schema.ts";
import { UnreadableRun } from "../unreadable-run.ts";
import { formatChange } from "./comparison-words.ts";
import { fingerprintOf } from "./configuration.ts";
import type { ComparedFigures } from "./measured-run.ts";

export const CALIBRATION_SCHEMA = "rpcfleet.calibration/1";

const share = z.object({ count: z.int(), trials: z.int(), low: z.number(), high: z.number() });

const calibration = z.object({
  schema: z.literal(CALIBRATION_SCHEMA),
  command: z.string(),
  seed: z.string(),
  startedAt: z.string(),
  tookS: z.number(),
  fingerprint: z.string().describe("Of the machine and what runs on it."),
  host: machineSchema,
  mode: z
    .enum(["fresh", "fast"])
    .describe("fresh: a new server process and fleet for every run; fast: one of each for all runs."),
  run: z.string().describe("What one run is."),
  pairs: z.int().describe("Of one trial."),
  alpha: z.number(),
  floor: z.number(),
  deciding: z.array(z.string()),
  falseAlarms: share.describe("Trials that found a regression of a thing against itself; Wilson's 95 % interval."),
  power: share
    .extend({ injected: z.number().describe("Relative slow-down of the devices.") })
    .nullable()
    .describe("Trials that found the slow-down that was put in."),
  cannotTell: z.int().describe("Trials with too few sound pairs; in neither share."),
  repeatedRounds: z.int().describe("Rounds made again because a run was not sound."),
  droppedRounds: z.int().describe("Rounds given up after that."),
  noise: z.array(
    z.object({
      metric: z.string(),
      pairs: z.int(),
      sd: z
        .number()
        .describe("Standard deviation of the log ratio (of shares: the difference) of two runs of the same."),
      smallestEffect: z
        .number()
        .nullable()
        .describe("Change that so many pairs find in 80 % of the trials, by simulation."),
    }),
  ),
});

export type Calibration = z.infer<typeof calibration>;

/** `machine-<fingerprint>.json`. */
export function calibrationName(fingerprint: string): string {
  return `machine-${fingerprint}.json`;
}

/** The calibration in a file. */
function readCalibration(path: string): Calibration | UnreadableRun {
  const expected = `a calibration (${CALIBRATION_SCHEMA})`;
  try {
    const parsed = calibration.safeParse(JSON.parse(readFileSync(path, "utf8")));
    if (parsed.success) return parsed.data;
    return new UnreadableRun(path, expected, parsed.error.issues.map(({ message }) => message).join("; "));
  } catch (error) {
    return new UnreadableRun(path, expected, (error as Error).message);
  }
}

/** The calibration of the machine a run was made on, from a folder of baselines; undefined when there is none to be read. */
export function calibrationOf({ host }: Pick<ComparedFigures, "host">, folder: string): Calibration | undefined {
  const path = join(folder, calibrationName(fingerprintOf(host)));
  if (!existsSync(path)) return undefined;
  const found = readCalibration(path);
  return found instanceof UnreadableRun ? undefined : found;
}

/** What is known of the machine, in a sentence or two; without a calibration, how to make one. */
export function noiseSentences(known: Calibration | undefined): string[] {
  if (known === undefined) return ["This machine is not calibrated: `rpcfleet calibrate` measures its own noise."];
  const { falseAlarms, power, pairs, noise, deciding, mode } = known;
  const rate = ({ count, trials, low, high }: Calibration["falseAlarms"]): string =>
    `${count} of ${trials} (95 % interval ${formatShare(Number(low.toFixed(4)))} to ${formatShare(Number(high.toFixed(4)))})`;
  const sentences = [
    `Noise of this machine (${mode} runs, ${known.startedAt.slice(0, 10)}): ${rate(falseAlarms)} trials of ${pairs} pairs found a regression of a thing against itself.`,
  ];
  if (power !== null)
    sentences.push(`A slow-down of ${formatChange(power.injected, "ratio")} was found in ${rate(power)}.`);
  for (const { metric, sd, smallestEffect } of noise.filter(({ metric }) => deciding.includes(metric))) {
    const least =
      smallestEffect === null
        ? ""
        : `; the smallest change that ${pairs} pairs find four times out of five is ${formatChange(smallestEffect, "ratio")}`;
    sentences.push(
      `Two runs of the same differ in ${metric} by a standard deviation of ${formatShare(Number(sd.toFixed(4)))}${least}.`,
    );
  }
  return sentences;
}
