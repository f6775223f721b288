/** What Gates are judged from, and what is measured for one of them. */
import type { Seed } from "../protocol/random.ts";
import type { Baseline } from "./baseline.ts";
import type { Bounded } from "./decide.ts";
import type { Series, SeriesName } from "./series.ts";
import type { SecondCounts } from "./statistics/second-counts.ts";
import type { Figures, Unit } from "./summary-schema.ts";

/** What a Gate may look at. The histograms answer for percentiles that the Summary does not list. */
export interface GateInputs {
  readonly figures: Figures;
  readonly series: Series;
  /** The same series by the second; one that is not here is taken as it was measured, as if it were exact. */
  readonly seconds: Readonly<Partial<Record<SeriesName, readonly SecondCounts[]>>>;
  readonly seed: Seed;
  /** The run to compare with; undefined when there is none. */
  readonly baseline: Baseline | undefined;
}

export interface Measured {
  readonly unit: Unit;
  /** null when it is not known, for want of a baseline. */
  readonly limit: number | null;
  readonly figure: Bounded | undefined;
  /** Why the question cannot be answered; undefined when it can. */
  readonly unanswerable: string | undefined;
  /** What was compared, said after its figure; empty for a figure of the whole run. */
  readonly where: string;
  /** What it takes to tell when the bounds hold the limit: half a sentence. */
  readonly toTell: string;
}

/** A figure that needs no bounds: a plain fact of the run. */
export function exactly(observed: number): Bounded {
  return { observed, low: observed, high: observed };
}
