/**
 * Rounds of runs: every round measures each side once, with one seed, and every other round in reverse order (ABBA), so that what
 * the machine does meanwhile falls on all sides alike. A round with an unsound run is made again once, then given up.
 */
import { flawOf, type MeasuredRun } from "../../reports/compare/measured-run.ts";
import { SetUpError } from "../errors.ts";

/** Which side's turn: 0 1 in even rounds, 1 0 in odd ones. */
export function sideOrder(round: number, sides: number): number[] {
  const order = Array.from({ length: sides }, (_, side) => side);
  return round % 2 === 0 ? order : order.reverse();
}

export interface RunPlace {
  readonly side: number;
  readonly round: number;
  /** 0, or 1 when the round is made again. */
  readonly attempt: number;
  readonly seed: string;
}

export interface RoundsOptions {
  /** What the sides are called. */
  readonly sides: readonly string[];
  readonly rounds: number;
  /** Fewer sound rounds are of no use: when they cannot be reached any more, the rest is not made. */
  readonly needed: number;
  readonly seed: string;
  /** True: a run that fails in the first round ends everything, for it will fail again. */
  readonly impatient: boolean;
  /** One run; a text says why there is none. */
  readonly measure: (place: RunPlace) => Promise<MeasuredRun | string>;
  readonly say: (line: string) => void;
  readonly stopped: () => boolean;
}

export interface MeasuredRounds {
  /** The sound rounds' runs, by side. */
  readonly runs: readonly MeasuredRun[][];
  /** Sentences about rounds that were made again or given up. */
  readonly notes: readonly string[];
  readonly repeated: number;
  readonly dropped: number;
}

const ATTEMPTS = 2;

/** Measures all rounds, or those until it is stopped. An impatient user's failure is thrown as SetUpError. */
export async function measureRounds(options: RoundsOptions): Promise<MeasuredRounds> {
  const runs: MeasuredRun[][] = options.sides.map(() => []);
  const notes: string[] = [];
  let repeated = 0;
  let dropped = 0;
  for (let round = 0; round < options.rounds && !options.stopped(); round++) {
    if (options.rounds - dropped < options.needed) {
      notes.push(`Stopped after ${round} pairs: at least ${options.needed} sound ones are needed.`);
      break;
    }
    for (let attempt = 0; attempt < ATTEMPTS && !options.stopped(); attempt++) {
      const measured = await measureRound(options, round, attempt);
      if (measured === undefined) break;
      if (typeof measured !== "string") {
        for (const [side, run] of measured.entries()) (runs[side] as MeasuredRun[]).push(run);
        break;
      }
      const last = attempt === ATTEMPTS - 1;
      const note = `Pair ${round + 1} ${last ? "is dropped" : "is made again"}: ${measured}.`;
      options.say(note);
      notes.push(note);
      if (last) dropped++;
      else repeated++;
    }
  }
  return { runs, notes, repeated, dropped };
}

/** One run of each side; the reason why the round does not count; undefined when it was stopped. */
async function measureRound(options: RoundsOptions, round: number, attempt: number) {
  const measured: MeasuredRun[] = [];
  const seed = `${options.seed}-${round + 1}`;
  for (const side of sideOrder(round, options.sides.length)) {
    const run = await options.measure({ side, round, attempt, seed });
    if (options.stopped()) return undefined;
    const name = options.sides[side] as string;
    if (typeof run === "string") {
      if (options.impatient && round === 0) throw new SetUpError(`${name}: ${run}`);
      return `${name}: ${run}`;
    }
    const flaw = flawOf(run);
    if (flaw !== undefined) return `of the run of ${name}, ${flaw}`;
    measured[side] = run;
  }
  return measured;
}
