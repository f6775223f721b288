/** What of two runs is compared: the figures, how a change of one is counted, and which way is worse. */
import type { Distribution, Unit } from "../summary-schema.ts";
import type { ComparedFigures } from "./measured-run.ts";

export interface Metric {
  /** In the words of gates: `p99(rtt)`. */
  readonly name: string;
  readonly unit: Unit;
  /** `ratio`: as a factor, so that 10 % more of much and of little count alike. `difference`: what may be zero. */
  readonly kind: "ratio" | "difference";
  readonly worse: "more" | "less";
  /** Null when the run cannot tell. */
  readonly of: (figures: ComparedFigures) => number | null;
}

const SERIES = [
  ["rtt", "responseTimeUs"],
  ["service", "serviceTimeUs"],
  ["overhead", "overheadUs"],
] as const;
const PERCENTILES = ["p50", "p90", "p99"] as const satisfies readonly (keyof Distribution)[];

const DURATIONS = SERIES.flatMap(([name, key]) =>
  PERCENTILES.map((percentile): Metric => {
    const of = (figures: ComparedFigures): number | null => figures[key][percentile];
    return { name: `${percentile}(${name})`, unit: "us", kind: "ratio", worse: "more", of };
  }),
);

/** Every metric, in the order of reports. */
export const METRICS: readonly Metric[] = [
  ...DURATIONS,
  { name: "throughput", unit: "per_s", kind: "ratio", worse: "less", of: ({ throughput }) => throughput.achievedPerS },
  {
    name: "timeouts",
    unit: "share",
    kind: "difference",
    worse: "more",
    of: ({ counts }) => (counts.planned === 0 ? null : counts.timeout / counts.planned),
  },
];

export const METRIC_NAMES: readonly string[] = METRICS.map(({ name }) => name);

/** Durations of nothing would have no factor to anything. */
const LEAST = { us: 1, per_s: 0.001 } as const;

/** The value on the scale on which changes add up: logarithms for ratios. */
export function onScale({ kind, unit }: Metric, value: number): number {
  if (kind === "difference") return value;
  return Math.log(Math.max(value, unit === "us" ? LEAST.us : LEAST.per_s));
}

/** A change on that scale as people say it: 0.1 for 10 % more, or a difference of shares. */
export function asChange({ kind }: Pick<Metric, "kind">, scaled: number): number {
  return kind === "difference" ? scaled : Math.exp(scaled) - 1;
}
