/** How often intervals cover a truth that is known. */
import { seedFrom } from "../../protocol/random.ts";
import { quantileInterval } from "./interval.ts";
import { queueQuantile, queueSeconds } from "./queue-fixture.ts";
import { rankInterval } from "./rank-interval.ts";
import { mergeSeconds, quantileOfSecond } from "./second-counts.ts";

export interface Coverage {
  /** Runs with an interval, and runs refused as correlated. */
  readonly printed: number;
  readonly refused: number;
  /** Of the printed ones: those that say that samples hang together. */
  readonly byBlocks: number;
  /** Runs whose interval holds the true value. */
  readonly covered: number;
  /** Runs whose rank interval would hold it, as if samples were independent. */
  readonly naive: number;
}

/** `runs` seeded runs of an M/M/1 queue, each asked for the interval of its quantile `p`. */
export function measureCoverage(options: {
  readonly rate: number;
  readonly load: number;
  readonly seconds: number;
  readonly p: number;
  readonly runs: number;
}): Coverage {
  const truth = queueQuantile(options, options.p);
  const coverage = { printed: 0, refused: 0, byBlocks: 0, covered: 0, naive: 0 };
  for (let run = 1; run <= options.runs; run += 1) {
    const seconds = queueSeconds({ ...options, seed: run });
    const whole = mergeSeconds(seconds);
    const { low, high } = rankInterval(whole.n, options.p);
    const at = (rank = whole.n): number => quantileOfSecond(whole, rank / whole.n) as number;
    if (at(low) <= truth && truth <= at(high)) coverage.naive += 1;
    const interval = quantileInterval(seconds, options.p, seedFrom(String(run)));
    if (interval.kind === "refused") {
      if (interval.reason === "correlated") coverage.refused += 1;
      continue;
    }
    coverage.printed += 1;
    if (interval.method === "blocks") coverage.byBlocks += 1;
    if (interval.lowUs <= truth && truth <= interval.highUs) coverage.covered += 1;
  }
  return coverage;
}
