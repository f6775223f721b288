/** The axis of quantiles on which each further nine takes the same room, and the quantiles that curves are drawn at. */

import { type Frame, logScale, type Scale, xAxis } from "../../html/svg.ts";
import { samplesNeeded } from "../../quantile-support.ts";

const TICKS = [0, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999];
const POINTS_PER_DECADE = 24;

export function quantileAxis(frame: Frame, last: number): { readonly scale: Scale; readonly drawn: string } {
  const scale = logScale([1, 1 / (1 - last)], [frame.left, frame.left + frame.width]);
  const ticks = TICKS.filter((p) => p <= last + 1e-9).map((p) => 1 / (1 - p));
  const format = (tick: number): string => `${Number((100 * (1 - 1 / tick)).toPrecision(7))} %`;
  return { scale, drawn: xAxis(frame, { scale, ticks, label: "percentile", format }) };
}

/** Quantiles evenly spaced on that axis, as far as `n` samples carry them. */
export function quantilesFor(n: number): number[] {
  const shares: number[] = [];
  for (let step = 1; ; step++) {
    const p = 1 - 10 ** (-step / POINTS_PER_DECADE);
    if (n < samplesNeeded(p)) return shares;
    shares.push(p);
  }
}
