/** Calls counted in cells of intended start and response time, and those without an answer by Outcome. Data only. */
import { OUTCOMES, type Outcome } from "../../protocol/outcome.ts";
import type { Duration } from "../../protocol/time.ts";
import { binOf, type LogBins, logBins } from "../log-bins.ts";
import type { Timeline } from "./timeline.ts";

const MAX_COLUMNS = 150;
const SHORTEST_US = 100;
const PER_DECADE = 16;
const ANSWERS: ReadonlySet<Outcome> = new Set(["ok", "device_error"]);

export interface HeatBand {
  readonly outcome: Outcome;
  /** Calls of this Outcome by column. */
  readonly counts: Uint32Array;
}

export interface Heatmap {
  readonly columnUs: Duration;
  readonly columns: number;
  readonly bins: LogBins;
  /** Answered Calls: cell `column * bins.count + bin`. */
  readonly cells: Uint32Array;
  /** Only Outcomes that are no answers and occurred. */
  readonly bands: readonly HeatBand[];
}

/** The heatmap of a run in columns of one or more slots; its rows reach from 100 us to twice the timeout. */
export function buildHeatmap({ slots, slotUs }: Timeline, timeout: Duration): Heatmap {
  const merged = Math.max(1, Math.ceil(slots.length / MAX_COLUMNS));
  const columns = Math.ceil(slots.length / merged);
  const bins = logBins(SHORTEST_US, Math.max(2 * timeout, 10 * SHORTEST_US), PER_DECADE);
  const cells = new Uint32Array(columns * bins.count);
  const counted = OUTCOMES.map((outcome) => ({ outcome, counts: new Uint32Array(columns) }));
  for (const [index, { response, settled }] of slots.entries()) {
    const column = Math.floor(index / merged);
    const { valuesUs, counts } = response.toCounts();
    for (const [place, us] of valuesUs.entries()) {
      const cell = column * bins.count + binOf(bins, us);
      cells[cell] = (cells[cell] as number) + (counts[place] as number);
    }
    for (const band of counted) band.counts[column] = (band.counts[column] as number) + settled[band.outcome];
  }
  const bands = counted.filter(({ outcome, counts }) => !ANSWERS.has(outcome) && counts.some((count) => count > 0));
  return { columnUs: merged * slotUs, columns, bins, cells, bands };
}
