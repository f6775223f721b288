/** Many runs of one scenario on one machine, in the order of time: what each showed, and where the level changed. */
import { fingerprintOf, identityOf } from "./configuration.ts";
import { flawOf, type RunFigures } from "./measured-run.ts";
import { METRICS, type Metric } from "./metric.ts";

const TREND_SCHEMA = "rpcfleet.trend/1";

/** Where a series changes its level: from `index` on. `before` and `after` are the levels, `p` the chance of it without a change. */
export interface ChangePoint {
  readonly index: number;
  readonly before: number;
  readonly after: number;
  readonly p: number;
}

export type FindChangePoints = (values: readonly number[]) => readonly ChangePoint[];

export interface MetricTrend extends Pick<Metric, "name" | "unit" | "kind" | "worse"> {
  /** By run; null where a run cannot tell. */
  readonly values: readonly (number | null)[];
  readonly changePoints: readonly ChangePoint[];
}

export interface Trend {
  readonly schema: typeof TREND_SCHEMA;
  readonly scenario: string;
  /** Of the scenario as it was run, and of the machine. */
  readonly identity: string;
  readonly fingerprint: string;
  readonly cpu: string;
  readonly runs: readonly { readonly path: string; readonly startedAt: string; readonly rpcfleet: string }[];
  readonly metrics: readonly MetricTrend[];
}

export interface Trends {
  /** A trend for each scenario and machine, the one with the most runs first. */
  readonly trends: readonly Trend[];
  /** Why runs are in none, a sentence each. */
  readonly leftOut: readonly string[];
}

/** Metrics that tell a course; the rest say the same again. */
const SHOWN = ["p50(rtt)", "p99(rtt)", "p50(overhead)", "p99(overhead)", "throughput", "timeouts"];

/** Groups runs by scenario and machine, and finds the changes of level in each metric. */
export function trendsOf(runs: readonly RunFigures[], findChangePoints: FindChangePoints): Trends {
  const leftOut: string[] = [];
  const groups = new Map<string, RunFigures[]>();
  for (const run of runs) {
    const flaw = flawOf(run);
    if (flaw !== undefined) {
      leftOut.push(`${run.path} is left out: ${flaw}.`);
      continue;
    }
    const key = `${identityOf(run.configuration)} ${fingerprintOf(run.figures.host)}`;
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  const trends = [...groups.values()]
    .sort((a, b) => b.length - a.length)
    .map((group) => trendOf(group.sort(byStart), findChangePoints));
  return { trends, leftOut };
}

function byStart(a: RunFigures, b: RunFigures): number {
  return Date.parse(a.figures.window.startedAt) - Date.parse(b.figures.window.startedAt);
}

function trendOf(runs: readonly RunFigures[], findChangePoints: FindChangePoints): Trend {
  const { figures, configuration } = runs[0] as RunFigures;
  return {
    schema: TREND_SCHEMA,
    scenario: figures.scenario,
    identity: identityOf(configuration),
    fingerprint: fingerprintOf(figures.host),
    cpu: figures.host.cpu,
    runs: runs.map(({ path, figures: { window, host } }) => {
      return { path, startedAt: window.startedAt, rpcfleet: host.rpcfleet };
    }),
    metrics: METRICS.filter(({ name }) => SHOWN.includes(name)).map((metric) =>
      metricTrend(metric, runs, findChangePoints),
    ),
  };
}

/** Changes are looked for among the values there are, and told by the run they begin with. */
function metricTrend({ of, ...metric }: Metric, runs: readonly RunFigures[], find: FindChangePoints): MetricTrend {
  const values = runs.map(({ figures }) => of(figures));
  const places = values.flatMap((value, place) => (value === null ? [] : [place]));
  const found = find(places.map((place) => values[place] as number));
  const { name, unit, kind, worse } = metric;
  const changePoints = found.map((point) => ({ ...point, index: places[point.index] as number }));
  return { name, unit, kind, worse, values, changePoints };
}
