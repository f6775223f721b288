/**
 * The load generator's verdict on itself: figures of a run whose generator or fleet was late, short or incomplete blame the
 * server for what it did not do. Limits are those of rule R8 in the measurement rules.
 */
import { type Duration, type Instant, MILLISECOND, SECOND } from "../protocol/time.ts";
import { formatCount, formatMs, formatRate } from "./format.ts";
import { vitalsRows } from "./health-vitals.ts";
import type { RunFacts, RunRecord } from "./run-record.ts";
import type { Series } from "./series.ts";
import type { Health, HealthRow } from "./summary-schema.ts";
import type { Tally } from "./tally.ts";

const MAX_DROPPED_SHARE = 0.001;
/** Least share of the planned calls that must have been sent. */
export const MIN_SENT_SHARE = 0.99;
const LAG_SHARE = 0.1;
const RANK: Readonly<Record<Health["verdict"], number>> = { healthy: 0, suspect: 1, invalid: 2 };

/**
 * Largest p99 of a lag that leaves the verdict believable: a share of the response time's p99, or of the bound that a search for
 * the knee holds it against, since a lag far below that bound moves no step across it.
 */
function lagLimit({ knee }: RunFacts, { responseTime }: Series): Duration {
  return largestLag(Math.max(responseTime.quantile(0.99) ?? 0, knee?.maxP99 ?? 0));
}

/** The same for a p99 of the response time that is known. */
export function largestLag(judged: Duration): Duration {
  return Math.max(MILLISECOND, Math.round(LAG_SHARE * judged));
}

/** What is judged: a run, or its Calls up to the knee. */
export interface HealthScope {
  readonly series: Series;
  readonly tally: Tally;
  /** Where that part ends, on the run's time axis; undefined: it is the whole run. */
  readonly until?: Instant | undefined;
}

/** Health of the generator and the fleet; the worst row decides. In a closed workload there is no plan to be late for. */
export function judgeHealth(record: RunRecord, scope: HealthScope): Health {
  const responseTimeP99 = scope.series.responseTime.quantile(0.99) ?? 0;
  const rows = [
    ...generatorRows(record, scope),
    ...vitalsRows(record.totals.vitals, { responseTimeP99, until: scope.until }),
    ...fleetRows(record, scope),
  ];
  const verdict = rows.reduce<Health["verdict"]>(
    (worst, row) => (RANK[row.verdict] > RANK[worst] ? row.verdict : worst),
    "healthy",
  );
  return { verdict, rows };
}

/** True when the generator kept up with its plan: no row of its own is invalid. */
export function generatorKeptUp(record: RunRecord, scope: HealthScope): boolean {
  return generatorRows(record, scope).every((row) => row.verdict !== "invalid");
}

function generatorRows(record: RunRecord, scope: HealthScope): HealthRow[] {
  const { planned, sent, outcomes } = scope.tally;
  const share = (count: number): number => (planned === 0 ? 0 : count / planned);
  const rows = [
    atLeast({
      name: "sent calls",
      unit: "share",
      value: share(sent),
      limit: MIN_SENT_SHARE,
      breach: "invalid",
      detail: sentText(record.facts, scope),
    }),
    atMost({
      name: "dropped calls",
      unit: "share",
      value: share(outcomes.dropped),
      limit: MAX_DROPPED_SHARE,
      breach: "invalid",
      detail: droppedText(record, outcomes.dropped),
    }),
  ];
  return record.facts.workload === "closed" ? rows : [lagRow(record.facts, scope.series), ...rows];
}

function lagRow(facts: RunFacts, series: Series): HealthRow {
  const { sendLag } = series;
  const half = formatMs(sendLag.quantile(0.5) ?? null);
  return atMost({
    name: "send lag p99",
    unit: "us",
    value: sendLag.quantile(0.99) ?? null,
    limit: lagLimit(facts, series),
    breach: "invalid",
    detail: `p50 ${half} ms, at most ${formatMs(sendLag.max ?? null)} ms`,
  });
}

/** Calls and, where the plan has a rate, the rates they make. */
function sentText({ steps }: RunFacts, { tally, until = Number.POSITIVE_INFINITY }: HealthScope): string {
  const { planned, sent } = tally;
  const judged = steps.filter(({ start }) => start < until);
  const us = judged.reduce((sum, { duration }) => sum + duration, 0);
  const rates = us === 0 ? "" : `: ${formatRate((sent / us) * SECOND)} of ${formatRate((planned / us) * SECOND)}`;
  return `${formatCount(sent)} of ${formatCount(planned)} planned${rates}`;
}

/** Why planned Calls were never sent. */
function droppedText({ facts, totals }: RunRecord, dropped: number): string {
  if (dropped === 0) return "none";
  if (totals.interrupted) return `${formatCount(dropped)} not yet due when the run was interrupted`;
  return facts.engine === "k6"
    ? `${formatCount(dropped)} for which k6 had no free VU`
    : `${formatCount(dropped)} never sent`;
}

function fleetRows({ facts, totals }: RunRecord, { series }: HealthScope): HealthRow[] {
  const { devices, connected } = totals.fleet;
  const limit = lagLimit(facts, series);
  return [
    atLeast({ name: "connected devices", unit: "count", value: connected, limit: devices, breach: "suspect" }),
    atMost({
      name: "device reply lag p99",
      unit: "us",
      value: series.replyLag.quantile(0.99) ?? null,
      limit,
      breach: "suspect",
    }),
  ];
}

interface Measured extends Pick<HealthRow, "name" | "unit" | "value" | "limit" | "detail"> {
  readonly breach: "suspect" | "invalid";
}

function atMost({ breach, ...row }: Measured): HealthRow {
  const fine = row.value === null || row.value <= row.limit;
  return { ...row, rule: "at_most", verdict: fine ? "healthy" : breach };
}

function atLeast({ breach, ...row }: Measured): HealthRow {
  const fine = row.value === null || row.value >= row.limit;
  return { ...row, rule: "at_least", verdict: fine ? "healthy" : breach };
}
