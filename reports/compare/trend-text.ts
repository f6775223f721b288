/** Trends as tables for a terminal: a row a run, a sparkline a metric, and a mark where a level changes. */
import { formatQuantity } from "../format.ts";
import { sparkline } from "../sparkline.ts";
import { formatChange, formatP } from "./comparison-words.ts";
import type { ChangePoint, MetricTrend, Trend, Trends } from "./trend.ts";

/** The last so many runs get a row; the sparklines show all. */
const MOST_ROWS = 40;
/** A level that rose is marked with the first, one that fell with the second. */
const MARKS = { up: "↑", down: "↓" } as const;

export function renderTrendText({ trends, leftOut }: Trends): string {
  if (trends.length === 0) return `${["No run to show.", ...leftOut].join("\n")}\n`;
  const long = trends.filter(({ runs }) => runs.length > 1);
  const single = trends.length - long.length;
  const blocks = (long.length === 0 ? trends : long).map(trendBlock);
  if (single > 0 && long.length > 0) {
    const what = single === 1 ? "1 run has" : `${single} runs have`;
    blocks.push([`${what} no other run of the same scenario on the same machine beside it.`]);
  }
  if (leftOut.length > 0) blocks.push([...leftOut]);
  return `${blocks.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function trendBlock(trend: Trend): string[] {
  const { scenario, runs, metrics, cpu, fingerprint, identity } = trend;
  const many = runs.length === 1 ? "1 run" : `${runs.length} runs`;
  const first = Math.max(0, runs.length - MOST_ROWS);
  const headings = ["#", "started", ...metrics.map(({ name }) => name)];
  const rows = runs.slice(first).map(({ startedAt }, row) => {
    const place = first + row;
    const cells = metrics.map(
      (metric) => markOf(metric, place) + formatQuantity(metric.values[place] ?? null, metric.unit),
    );
    return [String(place + 1), startedAt.slice(0, 16).replace("T", " "), ...cells];
  });
  const width = Math.max(...metrics.map(({ name }) => name.length));
  const lines = metrics.map(
    (metric) => `  ${metric.name.padEnd(width)}  ${sparkline(metric.values, { from: "least" })}${changesOf(metric)}`,
  );
  const hidden = first > 0 ? [`  … ${first} earlier runs`] : [];
  return [
    `${scenario} (${identity}), ${many} on ${cpu} (${fingerprint})`,
    ...hidden,
    ...table([headings, ...rows]),
    ...lines,
  ];
}

function markOf({ changePoints }: MetricTrend, place: number): string {
  const point = changePoints.find(({ index }) => index === place);
  if (point === undefined) return "";
  return `${point.after > point.before ? MARKS.up : MARKS.down} `;
}

function changesOf({ changePoints, kind }: MetricTrend): string {
  const told = changePoints.map(
    (point) => `${formatChange(changeOf(point, kind), kind)} from run ${point.index + 1} (p = ${formatP(point.p)})`,
  );
  return told.length === 0 ? "" : `  ${told.join(", ")}`;
}

function changeOf({ before, after }: ChangePoint, kind: MetricTrend["kind"]): number {
  return kind === "difference" || before === 0 ? after - before : after / before - 1;
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows.map((row) => `  ${row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join("  ")}`);
}
