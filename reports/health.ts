/**
 * The load generator's verdict on itself: figures of a run whose generator or fleet was late, short or incomplete blame the
 * server for what it did not do. Limits are those of rule R8 in the measurement rules.
 */
import { type Duration, MILLISECOND } from "../protocol/time.ts";
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
}

/** Health of the generator and the fleet; the worst row decides. In a closed workload there is no plan to be late for. */
export function judgeHealth(record: RunRecord, scope: HealthScope): Health {
  const rows = [...generatorRows(record, scope), ...fleetRows(record, scope)];
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

function generatorRows({ facts }: RunRecord, { series, tally }: HealthScope): HealthRow[] {
  const { planned } = tally;
  const droppedShare = planned === 0 ? 0 : tally.outcomes.dropped / planned;
  const dropped = atMost({
    name: "dropped calls",
    unit: "share",
    value: droppedShare,
    limit: MAX_DROPPED_SHARE,
    breach: "invalid",
  });
  const sentShare = planned === 0 ? 0 : tally.sent / planned;
  const sent = atLeast({
    name: "sent calls",
    unit: "share",
    value: sentShare,
    limit: MIN_SENT_SHARE,
    breach: "invalid",
  });
  if (facts.workload === "closed") return [dropped, sent];
  const limit = lagLimit(facts, series);
  const lag = atMost({
    name: "send lag p99",
    unit: "us",
    value: series.sendLag.quantile(0.99) ?? null,
    limit,
    breach: "invalid",
  });
  return [lag, dropped, sent];
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

interface Measured extends Pick<HealthRow, "name" | "unit" | "value" | "limit"> {
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
