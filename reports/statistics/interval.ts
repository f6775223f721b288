/**
 * How sure a percentile of a run is (measurement rule R6): an interval that covers the true value in 95 % of runs, or a refusal that
 * says how long a run would have an answer. Samples behind one another in a queue are alike, so n of them know less than n.
 */
import { ENTITY, PURPOSE, RandomStream, type Seed } from "../../protocol/random.ts";
import { type Duration, SECOND } from "../../protocol/time.ts";
import { samplesNeeded } from "../quantile-support.ts";
import { autocorrelationTime, isSignificant, rankAutocorrelation } from "./autocorrelation.ts";
import { bootstrapQuantile } from "./block-bootstrap.ts";
import { countExceedances, type Exceedances, varianceInflation } from "./exceedances.ts";
import { Z95 } from "./normal.ts";
import { rankInterval } from "./rank-interval.ts";
import { atMostCells, mergeSeconds, quantileOfSecond, type SecondCounts } from "./second-counts.ts";

export type Interval =
  | {
      readonly kind: "interval";
      readonly lowUs: Duration;
      readonly highUs: Duration;
      /** `rank`: the samples pass for independent ones. `blocks`: they do not, and stretches of the run were drawn again. */
      readonly method: "rank" | "blocks";
      /** Length of a drawn stretch in seconds; 0 by rank. */
      readonly blockS: number;
      /** Independent samples that would know as much. */
      readonly effectiveN: number;
    }
  | {
      readonly kind: "refused";
      /** `correlated`: enough samples, but too few that are independent of each other; the run must be longer. */
      readonly reason: "no samples" | "too few samples" | "too short" | "correlated";
      /** About how many samples a run needs, at the same rate; undefined when nothing can be said. */
      readonly needed: number | undefined;
      /**
       * Values that the quantile lies between even so: twice as far out as an interval would be, and the extremes of the run where
       * that leaves nothing. NaN without samples.
       */
      readonly lowUs: Duration;
      readonly highUs: Duration;
    };

const BLOCK = 10 * SECOND;
/** Blocks span this many autocorrelation times, and never fewer than the second number: then there is no interval. */
const TIMES_IN_BLOCK = 5;
const LEAST_TIMES_IN_BLOCK = 2;
const LEAST_BLOCKS = 6;
/** Autocorrelation times below this many intervals cannot be told from chance. */
const NOTICEABLE_TIME = 2;
/** Seconds below which nothing is known of what hangs together with what. */
const LEAST_INTERVALS = 5;
/** A run is cut into no more than these: with more, nothing is gained but time spent. */
const MOST_CELLS = 600;
/** One-sided 95 % point of the normal distribution. */
const ONE_SIDED = 1.645;
/**
 * Effective samples of a correlated series, as multiples of what independent ones need: about eleven independent excursions beyond
 * the quantile. A run with fewer has not seen its worst ones, and the spread between its blocks is too small (coverage-table).
 */
const CORRELATED_SUPPORT = 3;

/** The 95 % interval of quantile `p` (a share in (0, 1)) of a series. The same seconds and seed always give the same one. */
export function quantileInterval(seconds: readonly SecondCounts[], p: number, seed: Seed): Interval {
  const cells = atMostCells(seconds, MOST_CELLS);
  const whole = cells.length === 0 ? undefined : mergeSeconds(cells);
  if (whole === undefined || whole.n === 0) return NO_SAMPLES;
  const { n } = whole;
  const needed = samplesNeeded(p);
  const bounds = boundsAt(whole, p, n);
  if (n < needed || bounds === undefined) return refusal("too few samples", needed, outerBounds(whole, p, n));
  if (seconds.length < LEAST_INTERVALS) {
    // Each second may be of one piece.
    const outer = outerBounds(whole, p, seconds.length);
    return refusal("too short", Math.ceil((n / seconds.length) * LEAST_INTERVALS), outer);
  }
  const exceedances = countExceedances(cells, quantileOfSecond(whole, p) as Duration);
  if (areIndependent(exceedances)) return { kind: "interval", ...bounds, method: "rank", blockS: 0, effectiveN: n };
  return blockInterval({ cells, whole, p, seed, exceedances });
}

/** No more alike from one interval to the next, and no more different between intervals, than chance makes them. */
function areIndependent(exceedances: Exceedances): boolean {
  const { length } = exceedances.excess;
  const allowed = 1 + ONE_SIDED * Math.sqrt(2 / length);
  return (
    varianceInflation(exceedances, 1) <= allowed && !isSignificant(rankAutocorrelation(exceedances.excess), length)
  );
}

interface Question {
  readonly cells: readonly SecondCounts[];
  readonly whole: SecondCounts;
  readonly p: number;
  readonly seed: Seed;
  readonly exceedances: Exceedances;
}

function blockInterval({ cells, whole, p, seed, exceedances }: Question): Interval {
  const cellUs = (cells[0] as SecondCounts).end - (cells[0] as SecondCounts).start;
  const time = autocorrelationTime(exceedances.excess);
  const wanted = Math.ceil(Math.max(BLOCK / cellUs, TIMES_IN_BLOCK * time));
  const length = Math.max(1, Math.min(wanted, Math.floor(cells.length / LEAST_BLOCKS)));
  const scales = [1, 2, 5, length].filter((scale) => scale <= length);
  const inflation = Math.max(1, ...scales.map((scale) => varianceInflation(exceedances, scale)));
  const effectiveN = Math.floor(whole.n / inflation);
  const atLeast = boundsAt(whole, p, effectiveN);
  const isSpanned = time < NOTICEABLE_TIME || length >= LEAST_TIMES_IN_BLOCK * time;
  if (effectiveN < samplesNeeded(p) * CORRELATED_SUPPORT || atLeast === undefined || !isSpanned) {
    const spanning = isSpanned ? 0 : (whole.n / cells.length) * time * LEAST_TIMES_IN_BLOCK * LEAST_BLOCKS;
    const needed = Math.ceil(Math.max(spanning, samplesNeeded(p) * CORRELATED_SUPPORT * inflation));
    return refusal("correlated", needed, outerBounds(whole, p, effectiveN));
  }
  const random = new RandomStream(seed).seek(ENTITY.report, PURPOSE.blockBootstrap, Math.round(p * 1e6));
  const bracket = bracketAround(whole, p, effectiveN);
  const drawn = bootstrapQuantile(cells, { p, length, bracket, below: (bound) => random.below(bound) });
  return {
    kind: "interval",
    lowUs: Math.min(drawn.lowUs, atLeast.lowUs),
    highUs: Math.max(drawn.highUs, atLeast.highUs),
    method: "blocks",
    blockS: (length * cellUs) / SECOND,
    effectiveN,
  };
}

/** Values that hardly a replicate leaves: five standard errors to either side. */
function bracketAround(whole: SecondCounts, p: number, effectiveN: number): { lowUs: Duration; highUs: Duration } {
  const reach = 5 * Math.sqrt((p * (1 - p)) / effectiveN);
  const at = (share: number): Duration => quantileOfSecond(whole, Math.min(1, Math.max(0, share))) as Duration;
  return { lowUs: at(p - reach), highUs: at(p + reach) };
}

/** The rank interval that as many independent samples would have; undefined when one side of it has no bound. */
function boundsAt(
  whole: SecondCounts,
  p: number,
  effectiveN: number,
): { lowUs: Duration; highUs: Duration } | undefined {
  const { low, high } = rankInterval(effectiveN, p);
  if (low === undefined || high === undefined) return undefined;
  const at = (rank: number): Duration => quantileOfSecond(whole, rank / effectiveN) as Duration;
  return { lowUs: at(low), highUs: at(high) };
}

function outerBounds(whole: SecondCounts, p: number, effectiveN: number): { lowUs: Duration; highUs: Duration } {
  const reach = 2 * Z95 * Math.sqrt((p * (1 - p)) / Math.max(1, effectiveN));
  const at = (share: number): Duration => quantileOfSecond(whole, Math.min(1, Math.max(0, share))) as Duration;
  return { lowUs: at(p - reach), highUs: at(p + reach) };
}

type Refused = Extract<Interval, { kind: "refused" }>;
const NO_SAMPLES: Refused = {
  kind: "refused",
  reason: "no samples",
  needed: undefined,
  lowUs: Number.NaN,
  highUs: Number.NaN,
};

function refusal(reason: Refused["reason"], needed: number, bounds: { lowUs: Duration; highUs: Duration }): Refused {
  return { kind: "refused", reason, needed, ...bounds };
}
