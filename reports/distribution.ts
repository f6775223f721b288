/** A histogram as the figures that are shown of it: a percentile only where the samples support it. */
import type { Histogram } from "./histogram.ts";
import { supportsQuantile } from "./quantile-support.ts";
import type { Distribution } from "./summary-schema.ts";

export function distribution(histogram: Histogram): Distribution {
  const percentile = (p: number): number | null =>
    supportsQuantile(histogram.n, p) ? (histogram.quantile(p) ?? null) : null;
  const { n, min, max, mean } = histogram;
  return {
    n,
    min: min ?? null,
    p50: percentile(0.5),
    p90: percentile(0.9),
    p95: percentile(0.95),
    p99: percentile(0.99),
    p999: percentile(0.999),
    max: max ?? null,
    mean: mean === undefined ? null : Math.round(mean),
  };
}
