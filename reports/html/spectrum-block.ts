/** The percentile spectrum with what it means. */
import type { Series } from "../series.ts";
import type { Summary } from "../summary-schema.ts";
import { type SpectrumCurve, type SpectrumInterval, spectrumChart } from "./spectrum-chart.ts";
import { block, note, scrolling } from "./table.ts";

const CURVES = [
  // The broad curve lies under the service time, so that both are seen where they coincide.
  { series: "responseTime", label: "response", tone: "p99", isBroad: true },
  { series: "serviceTime", label: "service", tone: "p50", isBroad: false },
  { series: "sendLag", label: "send lag", tone: "lag", isBroad: false },
] as const;

const SHARES = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99, p999: 0.999 } as const;

/** The intervals that a Summary has of the response time, in the order of the percentiles. */
export function knownIntervals(uncertainty: Summary["uncertainty"]): SpectrumInterval[] {
  return (Object.keys(SHARES) as (keyof typeof SHARES)[]).flatMap((key) => {
    const one = uncertainty[key];
    return "refused" in one ? [] : [{ p: SHARES[key], lowUs: one.lowUs, highUs: one.highUs }];
  });
}

/** The spectrum, with the one sentence that tells intended start from actual send. */
export function spectrumBlock(series: Series, intervals: readonly SpectrumInterval[]): string {
  const curves = CURVES.map(
    ({ series: name, label, tone, isBroad }): SpectrumCurve => ({
      label,
      tone,
      isBroad,
      points: [...series[name].spectrum()],
      intervals: name === "responseTime" ? intervals : [],
    }),
  );
  const chart = spectrumChart(curves);
  const heading = "Percentile spectrum";
  const options = { id: "spectrum-block" };
  if (chart === undefined) return block(heading, note("There are too few samples for a curve."), options);
  const about =
    "Response time counts from the instant the plan wanted a call to start, service time from the instant it was really sent: where the two curves part, calls waited before they were sent, and that wait is send lag, the generator's and not the server's.";
  const band = intervals.length === 0 ? "" : " The shaded band holds the true response time in 95 % of runs.";
  const text = `${about} Each curve stops where its samples no longer support a percentile.${band}`;
  return block(heading, scrolling(chart, "Percentile spectrum, a chart") + note(text), options);
}
