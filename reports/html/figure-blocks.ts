/** The charts, each with its table or its sentence beside it. */
import { OUTCOMES } from "../../protocol/outcome.ts";
import { SECOND } from "../../protocol/time.ts";
import { COLUMNS, formatCount, formatMs, formatRate, formatShare, kneeSentence, percentileRows } from "../format.ts";
import { element, escapeMarkup } from "../markup.ts";
import type { RunRecord } from "../run-record.ts";
import type { Series } from "../series.ts";
import type { Summary } from "../summary-schema.ts";
import { eventList } from "./event-marks.ts";
import { heatmapChart } from "./heatmap-chart.ts";
import { spectrumChart } from "./spectrum-chart.ts";
import { stepsChart } from "./steps-chart.ts";
import { badge, block, note, table } from "./table.ts";
import { MIN_SLOT_SAMPLES, type Timeline } from "./timeline.ts";
import { timelineChart } from "./timeline-chart.ts";

/** Rates and latency over time. */
export function timelineBlock(record: RunRecord, summary: Summary, timeline: Timeline): string {
  if (timeline.slots.length === 0)
    return block("Timeline", note("No calls were planned, so there is nothing to draw."));
  const outcomes = OUTCOMES.filter((outcome) => summary.counts[outcome] > 0).map((outcome) =>
    legend(`o-${outcome}`, outcome),
  );
  const items = [
    ...outcomes,
    legend("rule dash", "planned", "--ink"),
    legend("rule", "p50", "--p50"),
    legend("rule", "p99", "--p99"),
    legend("rule", "max", "--max"),
    legend("rule dash", "deadline", "--fail"),
  ];
  const slot = `${timeline.slotUs / SECOND} s`;
  const about = `Slots of ${slot}. Outcomes count where calls settled, latency where they were to start; a slot with fewer than ${MIN_SLOT_SAMPLES} answers shows its maximum only.`;
  const chart = scrolling(timelineChart(record, timeline));
  return block(
    "Timeline",
    element("ul", { class: "legend" }, items.join("")) + chart + note(about) + eventList(record.totals.events),
  );
}

/** The percentile table, in milliseconds. */
export function percentileBlock(summary: Summary): string {
  const rows = percentileRows(summary).map(({ label, n, cells }) => [label, formatCount(n), ...cells]);
  const headings = ["ms", "#n", ...COLUMNS.map(([, name]) => `#${name}`)];
  const meanings = percentileRows(summary).map(
    ({ label, meaning }) => `<b>${escapeMarkup(label)}</b>: ${escapeMarkup(meaning)}`,
  );
  const about =
    "A dash stands where there are too few samples to tell a percentile from the maximum. ≥ stands where so many calls got no answer that the percentile lies beyond the deadline.";
  const content =
    table({ headings, rows, emphasized: 1 }) + element("p", { class: "note" }, `${meanings.join("; ")}.`) + note(about);
  return block("Percentiles", content, summary.health.verdict === "invalid" ? { className: "void" } : {});
}

/** The spectrum, with the one sentence that tells intended start from actual send. */
export function spectrumBlock(series: Series): string {
  const chart = spectrumChart(series);
  const about =
    "Response time counts from the instant the plan wanted a call to start, service time from the instant it was really sent: where the two curves part, calls waited before they were sent, and that wait is send lag, the generator's and not the server's.";
  if (chart === undefined) return block("Percentile spectrum", note("There are too few samples for a curve."));
  return block(
    "Percentile spectrum",
    scrolling(chart) + note(`${about} Each curve stops where its samples no longer support a percentile.`),
  );
}

/** Steps and the knee; empty for a workload of one step. */
export function stepsBlock(summary: Summary): string {
  const sentence = kneeSentence(summary);
  if (summary.steps.length < 2 && sentence === undefined) return "";
  const why = {
    achieved: "too few ok",
    latency: "p99 too high",
    generator: "generator too slow",
    not_run: "not run",
  } as const;
  const rows = summary.steps.map((step) => [
    String(step.index + 1),
    step.rate === null ? "closed" : formatRate(step.rate),
    formatRate(step.achievedPerS),
    formatCount(step.planned),
    step.planned === 0 ? "–" : formatShare(step.ok / step.planned),
    formatMs(step.p50),
    formatMs(step.p99),
    {
      markup: step.holds
        ? badge("holds", "holds")
        : badge(step.reason === "not_run" ? "muted" : "breaks", why[step.reason ?? "not_run"]),
    },
  ]);
  const headings = ["#step", "#offered", "#achieved ok", "#planned", "#ok", "#p50 ms", "#p99 ms", "verdict"];
  const knee = sentence === undefined ? "" : element("p", {}, `<b>${escapeMarkup(sentence)}</b>`);
  const chart = stepsChart(summary);
  const about = note("Percentiles of a step count calls without an answer at the time they waited.");
  return block("Steps", knee + (chart === undefined ? "" : scrolling(chart)) + table({ headings, rows }) + about);
}

/** The latency heatmap; empty when no call was answered. */
export function heatmapBlock(record: RunRecord, timeline: Timeline): string {
  const chart = heatmapChart(record, timeline);
  if (chart === undefined) return "";
  return block(
    "Latency heatmap",
    scrolling(chart) +
      note(
        "Answered calls by intended start and response time; the stronger the colour, the more calls (logarithmic).",
      ),
  );
}

function scrolling(chart: string): string {
  return element("div", { class: "wide" }, chart);
}

function legend(className: string, label: string, colour?: string): string {
  const style = colour === undefined ? {} : { style: `border-color:var(${colour})` };
  return element("li", {}, element("i", { class: className, ...style }, "") + escapeMarkup(label));
}
