/** The stages of a run's Calls: how each is spread, and what the Calls round the median, round p99 and those in vain spent in them. */
import { OUTCOME_CODE } from "../protocol/outcome.ts";
import type { Duration } from "../protocol/time.ts";
import { bucketOf, highestOf, lowestOf } from "./hdr-buckets.ts";
import { Histogram } from "./histogram.ts";
import { BATCH_ROWS, type Fold, type JoinedCalls } from "./joined-calls.ts";
import { supportsQuantile } from "./quantile-support.ts";
import { isAnswered } from "./series.ts";
import { STAGES, type StageName, stagesOf } from "./stages.ts";
import type { StageGroup, StageSummary } from "./summary-schema.ts";

/** A group of Calls about a quantile: those between two ranks, widened to whole buckets of the response time. */
const BANDS = [
  { name: "median", quantile: 0.5, from: 0.45, to: 0.55 },
  { name: "p99", quantile: 0.99, from: 0.985, to: 0.995 },
] as const;
/** Of each bucket: Calls, their response times and their stages, summed up. */
const CELLS = 2 + STAGES.length;
const FIRST_BUCKETS = 4_096;

/**
 * Folds the stages of the answered Calls whose way through the server is known, and of those that timed out. It keeps a sum per bucket
 * of the response time, so that a band can be chosen when all Calls have been seen.
 */
export class StageSums implements Fold {
  readonly #responseTime: Histogram;
  readonly #spread: readonly Histogram[];
  readonly #timeouts = new Float64Array(CELLS);
  readonly #stages = new Float64Array(STAGES.length);
  /** Response times of the batch at hand, and its stages one behind the other. */
  readonly #responses = new Float64Array(BATCH_ROWS);
  readonly #columns = new Float64Array(BATCH_ROWS * STAGES.length);
  #buckets = new Float64Array(FIRST_BUCKETS * CELLS);

  constructor(timeout: Duration) {
    this.#responseTime = new Histogram(timeout);
    this.#spread = STAGES.map(() => new Histogram(timeout));
  }

  add(batch: JoinedCalls): void {
    const stages = this.#stages;
    const columns = this.#columns;
    let answered = 0;
    for (let row = 0; row < batch.length; row += 1) {
      const code = batch.outcome[row] as number;
      const isTimeout = code === OUTCOME_CODE.timeout;
      // A timeout that the server never saw was lost on its way there; an answer it never saw tells nothing about stages.
      if (!isTimeout && (Number.isNaN(batch.serverAcceptUs[row]) || !isAnswered(code))) continue;
      if (!stagesOf(batch, row, stages)) continue;
      const response = (batch.settledUs[row] as number) - (batch.intendedUs[row] as number);
      const at = isTimeout ? 0 : this.#cellsOf(response);
      const sums = isTimeout ? this.#timeouts : this.#buckets;
      sums[at] = (sums[at] as number) + 1;
      sums[at + 1] = (sums[at + 1] as number) + response;
      for (let stage = 0; stage < STAGES.length; stage += 1) {
        const time = stages[stage] as number;
        sums[at + 2 + stage] = (sums[at + 2 + stage] as number) + time;
        if (!isTimeout) columns[stage * batch.length + answered] = time;
      }
      if (isTimeout) continue;
      this.#responses[answered] = response;
      answered += 1;
    }
    this.#responseTime.recordMany(this.#responses, answered);
    for (const [stage, histogram] of this.#spread.entries()) {
      histogram.recordMany(columns.subarray(stage * batch.length), answered);
    }
  }

  /** Percentiles and groups only where there are enough Calls for them; null when no answered Call is known to have passed the server. */
  summary(): StageSummary | null {
    const { n } = this.#responseTime;
    if (n === 0) return null;
    const spread = this.#spread.map((histogram, index) => {
      const quantile = (p: number): number | null => (supportsQuantile(n, p) ? (histogram.quantile(p) ?? null) : null);
      return [STAGES[index] as StageName, { p50: quantile(0.5), p99: quantile(0.99) }];
    });
    const bands = BANDS.filter(({ quantile }) => supportsQuantile(n, quantile)).map((band) => this.#band(band));
    const timeouts = groupOf("timeouts", this.#timeouts);
    return { spread: Object.fromEntries(spread), groups: timeouts.n === 0 ? bands : [...bands, timeouts] };
  }

  /** Where the sums of the bucket of this response time are. */
  #cellsOf(response: number): number {
    const at = this.#bucket(response) * CELLS;
    if (at >= this.#buckets.length) {
      const bigger = new Float64Array(Math.max(2 * this.#buckets.length, at + CELLS));
      bigger.set(this.#buckets);
      this.#buckets = bigger;
    }
    return at;
  }

  #bucket(response: number): number {
    return bucketOf(Math.round(Math.min(response, this.#responseTime.highestUs)));
  }

  #band({ name, from, to }: (typeof BANDS)[number]): StageGroup {
    const { min = 0, max = 0 } = this.#responseTime;
    const [first, last] = [from, to].map((p) => this.#bucket(this.#responseTime.quantile(p) ?? 0)) as [number, number];
    const sums = new Float64Array(CELLS);
    for (let bucket = first; bucket <= last; bucket += 1) {
      for (let cell = 0; cell < CELLS; cell += 1) {
        sums[cell] = (sums[cell] as number) + (this.#buckets[bucket * CELLS + cell] ?? 0);
      }
    }
    const range = { fromUs: Math.max(min, lowestOf(first)), toUs: Math.min(max, highestOf(last)) };
    return { ...groupOf(name, sums), ...range };
  }
}

function groupOf(name: StageGroup["name"], sums: Float64Array): StageGroup {
  const [n = 0, response = 0, ...stages] = sums;
  const mean = (sum: number): number => (n === 0 ? 0 : Math.round(sum / n));
  const meanUs = Object.fromEntries(STAGES.map((stage, index) => [stage, mean(stages[index] ?? 0)]));
  return { name, n, fromUs: null, toUs: null, responseTimeUs: mean(response), meanUs: meanUs as StageGroup["meanUs"] };
}
