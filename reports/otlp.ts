/**
 * The metrics of a run as an OTLP/JSON document (ExportMetricsServiceRequest), for a collector of OpenTelemetry. Its rules of
 * JSON: 64-bit whole numbers are text, enumerations are numbers, names are in camel case.
 */
import { type Labels, type Metric, runLabels, runMetrics } from "./metrics.ts";
import type { RunRecord } from "./run-record.ts";
import { SCALE, type Spread } from "./spread.ts";
import type { Summary } from "./summary-schema.ts";

/** AGGREGATION_TEMPORALITY_CUMULATIVE: figures count from the start of the run. */
const CUMULATIVE = 2;
const NANOSECONDS_PER_MS = 1_000_000n;

/** The document; `JSON.stringify` of it is what a collector takes at `/v1/metrics`. */
export function otlpDocument(record: RunRecord, summary: Summary): object {
  const started = Date.parse(summary.window.startedAt);
  const when: Span = {
    startTimeUnixNano: nanoseconds(started),
    timeUnixNano: nanoseconds(started + Math.round(summary.window.durationS * 1_000)),
  };
  const { target, host } = summary;
  const resource = { "service.name": "rpcfleet", "service.version": host.rpcfleet, "rpcfleet.target": target };
  const metrics = runMetrics(record, summary).map((metric) => family(metric, { when, common: runLabels(summary) }));
  const scope = { name: "rpcfleet", version: host.rpcfleet };
  return {
    resourceMetrics: [{ resource: { attributes: attributes(resource) }, scopeMetrics: [{ scope, metrics }] }],
  };
}

interface Span {
  readonly startTimeUnixNano: string;
  readonly timeUnixNano: string;
}

interface Setting {
  readonly when: Span;
  readonly common: Labels;
}

function family(metric: Metric, { when, common }: Setting): object {
  const about = {
    name: `rpcfleet.${metric.name}`,
    description: metric.help,
    unit: metric.unit === "seconds" ? "s" : "1",
  };
  const point = (labels: Labels) => ({ attributes: attributes({ ...common, ...labels }), ...when });
  switch (metric.kind) {
    case "counter": {
      const dataPoints = metric.points.map(({ labels, value }) => ({ ...point(labels), asInt: String(value) }));
      return { ...about, sum: { aggregationTemporality: CUMULATIVE, isMonotonic: true, dataPoints } };
    }
    case "gauge": {
      const dataPoints = metric.points.map(({ labels, value }) => ({ ...point(labels), asDouble: value }));
      return { ...about, gauge: { dataPoints } };
    }
    case "quantiles": {
      const quantileValues = metric.points.map(({ share, value }) => ({ quantile: share, value }));
      const sum = (metric.mean ?? 0) * metric.n;
      return { ...about, summary: { dataPoints: [{ ...point({}), count: String(metric.n), sum, quantileValues }] } };
    }
    case "histogram": {
      const dataPoints = [{ ...point({}), ...exponentialBuckets(metric.spread) }];
      return { ...about, exponentialHistogram: { aggregationTemporality: CUMULATIVE, dataPoints } };
    }
  }
}

function exponentialBuckets({ n, sum, min, max, zero, exponential }: Spread): object {
  const indices = [...exponential.keys()];
  const first = indices.reduce((least, index) => Math.min(least, index), Number.POSITIVE_INFINITY);
  const last = indices.reduce((most, index) => Math.max(most, index), Number.NEGATIVE_INFINITY);
  const used = indices.length === 0 ? 0 : last - first + 1;
  const bucketCounts = Array.from({ length: used }, (_, place) => String(exponential.get(first + place) ?? 0));
  const positive = { offset: used === 0 ? 0 : first, bucketCounts };
  // A member that is undefined is left out of the JSON.
  return { count: String(n), sum, min, max, scale: SCALE, zeroCount: String(zero), positive };
}

function attributes(labels: Labels): object[] {
  return Object.entries(labels).map(([key, stringValue]) => ({ key, value: { stringValue } }));
}

function nanoseconds(ms: number): string {
  return String(BigInt(ms) * NANOSECONDS_PER_MS);
}
