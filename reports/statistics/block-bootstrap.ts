/** Moving-block bootstrap of a quantile: intervals of a run, drawn again in blocks, so that what hangs together stays together. */
import type { Duration } from "../../protocol/time.ts";
import { rankOf } from "../quantile-support.ts";
import { normalShare, studentT95 } from "./normal.ts";
import type { SecondCounts } from "./second-counts.ts";

const REPLICATES = 1_000;

export interface BootstrapOptions {
  /** A share in (0, 1). */
  readonly p: number;
  /** Intervals in a block, at most half of them. */
  readonly length: number;
  /** Values outside of these are told apart from those inside, and not from each other. */
  readonly bracket: { readonly lowUs: Duration; readonly highUs: Duration };
  /** A whole number from 0 below `bound`. */
  readonly below: (bound: number) => number;
}

/**
 * The 95 % interval of quantile `p` from 1,000 replicates. Blocks begin at any interval of a ring, so that each counts alike. Few
 * blocks show less spread than there is: the percentiles are taken further out, by Student's t of their number.
 */
export function bootstrapQuantile(
  seconds: readonly SecondCounts[],
  options: BootstrapOptions,
): { lowUs: Duration; highUs: Duration } {
  const blocks = seconds.length / options.length;
  const reach = studentT95(Math.max(1, blocks - 1)) * Math.sqrt(blocks / (blocks - 1));
  const tail = Math.max(0.5 / REPLICATES, 1 - normalShare(reach));
  const replicates = drawQuantiles(seconds, options).sort();
  const low = Math.max(0, Math.floor(tail * REPLICATES) - 1);
  return { lowUs: replicates[low] as number, highUs: replicates[REPLICATES - 1 - low] as number };
}

/** Counts of a run in few columns, summed from the first interval on: row i holds what came before interval i. */
interface Sums {
  readonly values: readonly Duration[];
  readonly width: number;
  /** Samples below the first column, and in each column; rows go once round the ring and one block further. */
  readonly rows: Float64Array;
}

function drawQuantiles(
  seconds: readonly SecondCounts[],
  { p, length, bracket, below }: BootstrapOptions,
): Float64Array {
  const sums = sumUp(seconds, length, bracket);
  const { width, rows, values } = sums;
  const replicates = new Float64Array(REPLICATES);
  const column = new Float64Array(width);
  for (let replicate = 0; replicate < REPLICATES; replicate += 1) {
    column.fill(0);
    for (let drawn = 0; drawn < seconds.length; drawn += length) {
      const from = below(seconds.length) * width;
      const to = from + Math.min(length, seconds.length - drawn) * width;
      for (let index = 0; index < width; index += 1) {
        column[index] = (column[index] as number) + (rows[to + index] as number) - (rows[from + index] as number);
      }
    }
    replicates[replicate] = values[columnAt(column, p)] as number;
  }
  return replicates;
}

function columnAt(column: Float64Array, p: number): number {
  let n = 0;
  for (const count of column) n += count;
  const rank = rankOf(p, n);
  let seen = 0;
  for (let index = 0; index < column.length; index += 1) {
    seen += column[index] as number;
    if (seen >= rank) return index;
  }
  return column.length - 1;
}

function sumUp(seconds: readonly SecondCounts[], length: number, { lowUs, highUs }: BootstrapOptions["bracket"]): Sums {
  const inside = new Set<number>([lowUs, highUs]);
  for (const { valuesUs } of seconds) {
    for (const value of valuesUs) if (value > lowUs && value < highUs) inside.add(value);
  }
  const values = [...inside].sort((a, b) => a - b);
  const columnOf = new Map(values.map((value, index) => [value, index]));
  const width = values.length;
  const rows = new Float64Array((seconds.length + length + 1) * width);
  for (let row = 0; row < seconds.length + length; row += 1) {
    const here = row * width;
    const next = here + width;
    rows.copyWithin(next, here, next);
    const { valuesUs, counts } = seconds[row % seconds.length] as SecondCounts;
    for (let index = 0; index < counts.length; index += 1) {
      const value = Math.min(highUs, Math.max(lowUs, valuesUs[index] as number));
      const at = next + (columnOf.get(value) as number);
      rows[at] = (rows[at] as number) + (counts[index] as number);
    }
  }
  return { values, width, rows };
}
