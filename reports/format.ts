/** How figures are written for people. Every report goes through here, so the same figure reads the same everywhere. */

import { CLIENT_OUTCOMES } from "../protocol/client-call-records.ts";
import { type Duration, SECOND } from "../protocol/time.ts";
import type { ClientCalls, Distribution, Summary, Unit } from "./summary-schema.ts";

/** Stands where a figure is withheld or does not exist. */
export const NOTHING = "–";

/** The percentiles of every table, in order: key in a Distribution, and its heading. */
export const COLUMNS = [
  ["min", "min"],
  ["p50", "p50"],
  ["p90", "p90"],
  ["p95", "p95"],
  ["p99", "p99"],
  ["p999", "p99.9"],
  ["max", "max"],
  ["mean", "mean"],
] as const satisfies readonly (readonly [keyof Distribution, string])[];

/** Whole number with thousands separators: `12,480`. */
export function formatCount(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** Microseconds as milliseconds without the unit, about four digits: `0.482`, `51.30`, `204.5`, `5,012`. */
export function formatMs(us: Duration | null): string {
  if (us === null) return NOTHING;
  const ms = us / 1_000;
  if (ms < 10) return ms.toFixed(3);
  if (ms < 100) return ms.toFixed(2);
  if (ms < 1_000) return ms.toFixed(1);
  return formatCount(Math.round(ms));
}

/** A share as per cent, never rounded to all or nothing when it is neither: `0.004 %`, `99.98 %`, `100 %`. */
export function formatShare(share: number): string {
  const percent = share * 100;
  if (percent === 0 || percent === 100) return `${percent} %`;
  for (const digits of [2, 3, 4, 5]) {
    const text = percent.toFixed(digits);
    if (Number(text) !== 0 && Number(text) !== 100) return `${Number(text)} %`;
  }
  return percent < 50 ? "< 0.00001 %" : "> 99.99999 %";
}

/** Calls per second: `498.3/s`. */
export function formatRate(perSecond: number): string {
  return perSecond >= 1_000 ? `${formatCount(Math.round(perSecond))}/s` : `${Number(perSecond.toFixed(1))}/s`;
}

/** Seconds of a window: `60 s`, `12.5 s`. */
export function formatSeconds(durationS: number): string {
  return `${Number(durationS.toFixed(1))} s`;
}

const HEALTH_WORDS = ["ok", "suspect", "invalid"] as const;

/** A figure with its unit; NOTHING when there is none. */
export function formatQuantity(value: number | null, unit: Unit): string {
  if (value === null) return NOTHING;
  if (unit === "us") return `${formatMs(value)} ms`;
  if (unit === "share") return formatShare(value);
  if (unit === "per_s") return formatRate(value);
  if (unit === "health") return HEALTH_WORDS[value] ?? NOTHING;
  return formatCount(value);
}

/** A room of 0.12 of the limit as `+12 %`; negative beyond the limit. */
export function formatMargin(margin: number | null): string {
  if (margin === null) return NOTHING;
  const percent = margin * 100;
  // A hair's breadth beyond the limit must not read as none.
  const digits = Math.abs(percent) >= 10 ? 0 : Math.abs(percent) >= 0.1 || percent === 0 ? 1 : 3;
  return `${margin > 0 ? "+" : ""}${percent.toFixed(digits)} %`;
}

const SHARE_OF = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99, p999: 0.999 } as const;

/**
 * One cell of the "all" response time, in milliseconds. Where more Calls waited in vain than the percentile leaves above it,
 * the true value is only known to be at least the deadline: `≥ 5,000`.
 */
export function formatAllMs(summary: Summary, column: keyof Distribution): string {
  const value = summary.responseTimeAllUs[column];
  if (!Object.hasOwn(SHARE_OF, column)) return formatMs(value);
  const waited = summary.counts.timeout + summary.counts.no_connection;
  const leaves = 1 - SHARE_OF[column as keyof typeof SHARE_OF];
  const isCensored =
    value !== null && waited / summary.responseTimeAllUs.n > leaves && value >= summary.timeoutUs * 0.99;
  return isCensored ? `≥ ${formatMs(summary.timeoutUs)}` : formatMs(value);
}

/** The rows of the percentile table: label, what it is, samples, and the cells of COLUMNS in milliseconds. */
export function percentileRows(
  summary: Summary,
): { readonly label: string; readonly meaning: string; readonly n: number; readonly cells: readonly string[] }[] {
  const row = (label: string, meaning: string, distribution: Distribution) => ({
    label,
    meaning,
    n: distribution.n,
    cells: COLUMNS.map(([key]) => formatMs(distribution[key])),
  });
  return [
    row("response time", "settled − intended start, answered calls", summary.responseTimeUs),
    {
      ...row(
        "… with timeouts",
        "the same, and calls without an answer at the time they waited",
        summary.responseTimeAllUs,
      ),
      cells: COLUMNS.map(([key]) => formatAllMs(summary, key)),
    },
    row("service time", "settled − actual send, answered calls", summary.serviceTimeUs),
    row("send lag", "actual send − intended start: the generator's own lateness", summary.sendLagUs),
    row("overhead", "service time − programmed device time, ok calls", summary.overheadUs),
    row("device time", "what devices were programmed to take", summary.deviceTimeUs),
    row("reply lag", "how much longer devices took than programmed; nothing finer is concluded", summary.replyLagUs),
  ];
}

/** The Outcomes of a Summary as a sum that adds up: `12,000 planned = 11,990 ok + 10 timeout`. Outcomes nobody had are left out. */
export function sumLine(summary: Summary): string {
  const parts = outcomeCounts(summary)
    .filter(([, count]) => count > 0)
    .map(([outcome, count]) => `${formatCount(count)} ${outcome}`);
  const sign = summary.accounting.balanced ? "=" : "≠";
  return `${formatCount(summary.counts.planned)} planned ${sign} ${parts.length === 0 ? "0" : parts.join(" + ")}`;
}

/** How the devices' own calls ended, as a sum: `300 planned = 299 ok + 1 timeout`. */
export function clientSumLine({ planned, counts }: ClientCalls): string {
  const parts = CLIENT_OUTCOMES.filter((outcome) => counts[outcome] > 0).map(
    (outcome) => `${formatCount(counts[outcome])} ${outcome}`,
  );
  return `${formatCount(planned)} planned = ${parts.length === 0 ? "0" : parts.join(" + ")}`;
}

/** The rows of their percentile table: label, samples, and the cells of COLUMNS in milliseconds. */
export function clientPercentileRows(calls: ClientCalls): string[][] {
  const row = (label: string, of: Distribution): string[] => [
    label,
    formatCount(of.n),
    ...COLUMNS.map(([key]) => formatMs(of[key])),
  ];
  return [
    row("response time", calls.responseTimeUs),
    row("service time", calls.serviceTimeUs),
    row("send lag", calls.sendLagUs),
  ];
}

/** Every Outcome with its count, in the order of the catalogue. */
function outcomeCounts({ counts }: Summary): [string, number][] {
  return Object.entries(counts).filter(([name]) => name !== "planned" && name !== "sent");
}

/** `at most 1.000 ms`, `at least 99 %`. */
export function formatLimit(row: {
  readonly rule: "at_most" | "at_least";
  readonly limit: number;
  readonly unit: Unit;
}): string {
  return `${row.rule === "at_most" ? "at most" : "at least"} ${formatQuantity(row.limit, row.unit)}`;
}

/** What the knee of a stepped run is, in one sentence; undefined when the run had no such rule. */
export function kneeSentence({ knee, steps }: Summary): string | undefined {
  if (knee === null) return undefined;
  const rule = `ok ≥ ${formatShare(knee.minOkShare)} and p99 ≤ ${formatMs(knee.maxP99Us)} ms`;
  const broken = steps.find((step) => !step.holds && step.reason !== "not_run");
  const cause = {
    achieved: "too few ok answers",
    latency: "p99 beyond its limit",
    generator: "the load generator could not keep up",
  };
  const why = knee.limitedBy === null ? undefined : cause[knee.limitedBy];
  if (knee.step === null) return `No step holds (${rule}): ${why ?? "none was run"}.`;
  const at = `Holds up to ${formatRate(knee.rate ?? 0)} (achieved ${formatRate(knee.achievedPerS ?? 0)}; ${rule}).`;
  if (why === undefined) return `${at} Every step that ran held: the knee lies beyond the offered load.`;
  return `${at} Breaks at ${formatRate(broken?.rate ?? 0)}: ${why}.`;
}

/** How the devices' connections went; what did not happen is left out. */
export function fleetLine({ fleet }: Summary): string {
  const { devices, connected, connectMs, lostConnections, reconnects, refusedConnections, awayAtEnd } = fleet;
  const rest: [number, string][] = [
    [lostConnections, "connections lost"],
    [reconnects, "connections made again"],
    [refusedConnections, "attempts to connect that came to nothing"],
    [awayAtEnd, "devices away at the end"],
  ];
  return [
    `${formatCount(connected)} of ${formatCount(devices)} devices connected in ${formatCount(Math.round(connectMs))} ms`,
    ...rest.filter(([count]) => count > 0).map(([count, what]) => `${formatCount(count)} ${what}`),
  ].join(", ");
}

/** Events that a text has room for. */
const MOST_EVENTS = 8;

/** What happened during the run, a line each; the rest is counted. */
export function eventLines({ events }: Summary): string[] {
  const lines = events.slice(0, MOST_EVENTS).map(({ at, label }) => `${formatSeconds(at / SECOND)}  ${label}`);
  if (events.length > MOST_EVENTS) lines.push(`… and ${formatCount(events.length - MOST_EVENTS)} more in the report`);
  return lines;
}

/** Instants on the run's axis: `12.345 s`. */
export function formatInstant(us: number): string {
  return Number.isNaN(us) ? NOTHING : `${(us / SECOND).toFixed(3)} s`;
}
