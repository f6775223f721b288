/** For tests: ExportMetricsServiceRequest of OTLP 1.x in its JSON form, as far as metrics of a run need it, read strictly. */
import { z } from "zod";

const wholeNumber = z.string().regex(/^-?\d+$/);
const nanoseconds = z.string().regex(/^\d{19}$/);
const attribute = z.strictObject({ key: z.string().min(1), value: z.strictObject({ stringValue: z.string() }) });
const point = {
  attributes: z.array(attribute),
  startTimeUnixNano: nanoseconds,
  timeUnixNano: nanoseconds,
};
const about = {
  name: z.string().regex(/^rpcfleet\.[a-z_]+$/),
  description: z.string().min(1),
  unit: z.enum(["s", "1"]),
};

const sum = z.strictObject({
  aggregationTemporality: z.literal(2),
  isMonotonic: z.literal(true),
  dataPoints: z.array(z.strictObject({ ...point, asInt: wholeNumber })),
});
const gauge = z.strictObject({ dataPoints: z.array(z.strictObject({ ...point, asDouble: z.number() })) });
const summary = z.strictObject({
  dataPoints: z.array(
    z.strictObject({
      ...point,
      count: wholeNumber,
      sum: z.number().nonnegative(),
      quantileValues: z.array(z.strictObject({ quantile: z.number().min(0).max(1), value: z.number().nonnegative() })),
    }),
  ),
});
const exponentialHistogram = z.strictObject({
  aggregationTemporality: z.literal(2),
  dataPoints: z.array(
    z.strictObject({
      ...point,
      count: wholeNumber,
      sum: z.number(),
      min: z.number().optional(),
      max: z.number().optional(),
      scale: z.int().min(-10).max(20),
      zeroCount: wholeNumber,
      positive: z.strictObject({ offset: z.int(), bucketCounts: z.array(wholeNumber) }),
    }),
  ),
});

const metric = z.union([
  z.strictObject({ ...about, sum }),
  z.strictObject({ ...about, gauge }),
  z.strictObject({ ...about, summary }),
  z.strictObject({ ...about, exponentialHistogram }),
]);

const request = z.strictObject({
  resourceMetrics: z.array(
    z.strictObject({
      resource: z.strictObject({ attributes: z.array(attribute) }),
      scopeMetrics: z.array(
        z.strictObject({ scope: z.strictObject({ name: z.string(), version: z.string() }), metrics: z.array(metric) }),
      ),
    }),
  ),
});

export type OtlpMetric = z.infer<typeof metric>;

/** The metrics of a document, by name; throws when the document is none. */
export function readOtlp(text: string): ReadonlyMap<string, OtlpMetric> {
  const metrics = request
    .parse(JSON.parse(text))
    .resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
  const byName = new Map(metrics.map((one) => [one.name, one]));
  if (byName.size !== metrics.length) throw new Error("a metric is there twice");
  return byName;
}

/** The labels of a point. */
export function labelsOf(at: { readonly attributes: readonly z.infer<typeof attribute>[] }): Record<string, string> {
  return Object.fromEntries(at.attributes.map(({ key, value }) => [key, value.stringValue]));
}
