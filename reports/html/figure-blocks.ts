/** The charts, each with its table or its sentence beside it. */
import { SECOND } from "../../protocol/time.ts";
import { COLUMNS, formatCount, formatMs, formatRate, formatShare, kneeSentence, percentileRows } from "../format.ts";
import { element, escapeMarkup } from "../markup.ts";
import type { RunRecord } from "../run-record.ts";
import type { Summary } from "../summary-schema.ts";
import { certaintyLine } from "../uncertainty.ts";
import { eventList } from "./event-marks.ts";
import { occurring } from "./hatch.ts";
import type { Heatmap } from "./heatmap.ts";
import { heatmapChart } from "./heatmap-chart.ts";
import { stepsChart } from "./steps-chart.ts";
import { badge, block, legend, note, outcomeLegend, scrolling, table } from "./table.ts";
import { MIN_SLOT_SAMPLES } from "./timeline.ts";
import { type Phases, type TimelineChart, timelineChart } from "./timeline-chart.ts";

/** Rates, latency and load over time. The chart is drawn; a script may put one that zooms in its place. */
export function timelineBlock(record: RunRecord, summary: Summary, chart: TimelineChart): string {
  const options = { id: "timeline" };
  const { timeline } = chart;
  if (timeline.slots.length === 0)
    return block("Timeline", note("No calls were planned, so there is nothing to draw."), options);
  const items = [
    ...occurring(summary.counts).map((outcome) => outcomeLegend(outcome)),
    legend("rule dash", "planned", "--ink"),
    legend("rule", "sent", "--sent"),
    legend("rule dash", "deadline", "--fail"),
    legend("rule", "in flight", "--flight"),
    legend("rule dots", "send lag", "--lag"),
    ...phaseLegend(chart.phases),
    ...(chart.pauses.length === 0 ? [] : [legend("tickmark", "collection of garbage, 1 ms or longer")]),
  ];
  const slot = `${timeline.slotUs / SECOND} s`;
  const about = `Slots of ${slot}. Outcomes count where calls settled, latency and send lag where they were to start; a slot with fewer than ${MIN_SLOT_SAMPLES} answers shows its maximum only.`;
  const figure = element(
    "div",
    { id: "timeline-figure" },
    scrolling(timelineChart(record, chart), "Timeline, a chart"),
  );
  return block(
    "Timeline",
    element("ul", { class: "legend" }, items.join("")) + figure + note(about) + eventList(record.totals.events),
    options,
  );
}

function phaseLegend({ warmUpUntil, drainFrom }: Phases): string[] {
  const words = [...(warmUpUntil === undefined ? [] : ["warm-up"]), ...(drainFrom === undefined ? [] : ["drain"])];
  return words.length === 0 ? [] : [legend("phase", words.join(" and "))];
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
  const sure = certaintyLine(summary);
  const certainty = sure === undefined ? "" : note(`Response time, 95 % intervals in ms: ${sure}.`);
  const steady = summary.steadiness === null ? "" : note(summary.steadiness.reason);
  const content =
    table({ headings, rows, emphasized: 1 }) +
    certainty +
    steady +
    element("p", { class: "note" }, `${meanings.join("; ")}.`) +
    note(about);
  return block("Percentiles", content, summary.health.verdict === "invalid" ? { className: "void" } : {});
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
  return block(
    "Steps",
    knee + (chart === undefined ? "" : scrolling(chart, "Steps, a chart")) + table({ headings, rows }) + about,
  );
}

/** The latency heatmap; empty when no call was planned. */
export function heatmapBlock(heatmap: Heatmap): string {
  const chart = heatmapChart(heatmap);
  if (chart === undefined) return "";
  const about =
    "Answered calls by intended start; the stronger the colour, the more calls (logarithmic). Calls without an answer are not on the axis of response time: each of their outcomes has a row of its own above it, where they ended.";
  return block("Latency heatmap", scrolling(chart, "Latency heatmap, a chart") + note(about), { id: "heatmap-block" });
}
