/** The metrics of a run as OpenMetrics 1.0 text, for a file that a scraper reads or a gateway takes. */
import { type Labels, type Metric, runLabels, runMetrics } from "./metrics.ts";
import type { RunRecord } from "./run-record.ts";
import { BOUNDS, type Spread } from "./spread.ts";
import type { Summary } from "./summary-schema.ts";

const PREFIX = "rpcfleet";
/** The text; its last line is `# EOF`. Names are `rpcfleet_...`, units seconds, labels scenario, engine and seed. */
export function renderOpenMetrics(record: RunRecord, summary: Summary): string {
  const common = runLabels(summary);
  const { target, window, host } = summary;
  const about = labelText({ ...common, target, started_at: window.startedAt, version: host.rpcfleet });
  const info = ["# TYPE rpcfleet_run info", "# HELP rpcfleet_run Which run this is", `rpcfleet_run_info${about} 1`];
  const families = runMetrics(record, summary).flatMap((metric) => family(metric, common));
  return `${[...info, ...families, "# EOF"].join("\n")}\n`;
}

const TYPES = { counter: "counter", gauge: "gauge", quantiles: "summary", histogram: "histogram" } as const;

function family(metric: Metric, common: Labels): string[] {
  const name = [PREFIX, metric.name, metric.unit].filter((part) => part !== "").join("_");
  const unit = metric.unit === "" ? [] : [`# UNIT ${name} ${metric.unit}`];
  return [`# TYPE ${name} ${TYPES[metric.kind]}`, ...unit, `# HELP ${name} ${escaped(metric.help)}`].concat(
    samples(metric, name, common),
  );
}

function samples(metric: Metric, name: string, common: Labels): string[] {
  const sample = (suffix: string, labels: Labels, value: number): string =>
    `${name}${suffix}${labelText({ ...common, ...labels })} ${value}`;
  switch (metric.kind) {
    case "counter":
      return metric.points.map(({ labels, value }) => sample("_total", labels, value));
    case "gauge":
      return metric.points.map(({ labels, value }) => sample("", labels, value));
    case "quantiles":
      return [
        ...metric.points.map(({ share, value }) => sample("", { quantile: float(share) }, value)),
        sample("_count", {}, metric.n),
      ];
    case "histogram":
      return [
        ...bucketSamples(metric.spread).map(([bound, count]) => sample("_bucket", { le: bound }, count)),
        sample("_sum", {}, metric.spread.sum),
        sample("_count", {}, metric.spread.n),
      ];
  }
}

/** Bound and count of each bucket; here a bucket holds everything up to its bound. */
function bucketSamples({ bounded, n }: Spread): [string, number][] {
  let upTo = 0;
  const buckets = BOUNDS.map((bound, place): [string, number] => {
    upTo += bounded[place] as number;
    return [float(bound), upTo];
  });
  return [...buckets, ["+Inf", n]];
}

/** Numbers in labels are compared as text by their readers: `1.0` is the one way to write it. */
function float(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}

function labelText(labels: Labels): string {
  return `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(",")}}`;
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}
