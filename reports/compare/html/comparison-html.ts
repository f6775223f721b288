/** The comparison as one page that needs nothing else: neither network nor script. The verdict comes first. */

import { Histogram } from "../../histogram.ts";
import { styleSheet } from "../../html/style.ts";
import { badge, block, note, scrolling, table } from "../../html/table.ts";
import { element, escapeMarkup } from "../../markup.ts";
import type { Comparison, MetricChange, RunSet } from "../comparison.ts";
import { metricTable, tableNote } from "../comparison-text.ts";
import { sizeWords } from "../comparison-words.ts";
import { type Calibration, noiseSentences } from "../machine-noise.ts";
import type { MeasuredRun } from "../measured-run.ts";
import { shiftFunction } from "../shift-function.ts";
import { forestChart } from "./forest-chart.ts";
import { overlayChart } from "./overlay-chart.ts";
import { quantilesFor } from "./quantile-axis.ts";
import { shiftChart } from "./shift-chart.ts";
import { slopeChart } from "./slope-chart.ts";

export interface ComparisonPage {
  readonly a: RunSet;
  readonly b: RunSet;
  readonly comparison: Comparison;
  readonly calibration: Calibration | undefined;
}

const POLICY = "default-src 'none'; style-src 'unsafe-inline'";
const WORDS = { regression: "REGRESSION", no_regression: "NO REGRESSION", cannot_tell: "CANNOT TELL" } as const;
const KIND = { regression: "fail", no_regression: "pass", cannot_tell: "invalid" } as const;
const ICONS = {
  regression: "M11 11l12 12m0-12l-12 12",
  no_regression: "M9 17.5l5 5 11-11.5",
  cannot_tell: "M12.5 13a4.5 4.5 0 1 1 6.4 4.1c-1.3.7-1.9 1.4-1.9 2.9m0 4v.3",
} as const;

/** The whole page. */
export function renderComparisonHtml(page: ComparisonPage): string {
  const { comparison, calibration } = page;
  const blocks = [
    strip(page),
    banner(comparison),
    metricsBlock(comparison),
    ...distributionBlocks(page),
    slopeBlock(comparison),
    changedBlock(comparison),
    block("Noise of this machine", note(noiseSentences(calibration).join(" "))),
    runsBlock(page),
  ];
  const data = JSON.stringify(comparison).replaceAll("<", "\\u003c");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${escapeMarkup(`${WORDS[comparison.verdict]} · rpcfleet`)}</title>
<style>${styleSheet()}</style>
</head>
<body>
<main>
${blocks.filter((each) => each !== "").join("\n")}
<footer>Written by rpcfleet. This file is complete in itself.</footer>
</main>
<script type="application/json" id="comparison">${data}</script>
</body>
</html>
`;
}

function strip({ a, b, comparison }: ComparisonPage): string {
  const { scenario, host } = (b.runs[0] as MeasuredRun).figures;
  const entries = [
    ["A", a.label],
    ["B", b.label],
    ["compared", sizeWords(comparison)],
    ["host", `${host.cpu}, ${host.cores} cores, Node ${host.node}, ${host.platform}`],
  ];
  const list = entries.map(([name = "", value = ""]) =>
    element("div", {}, element("dt", {}, escapeMarkup(name)) + element("dd", {}, escapeMarkup(value))),
  );
  const title = element("h1", {}, escapeMarkup(`${scenario}: B against A`));
  return element("header", { class: "strip" }, title + element("dl", {}, list.join("")));
}

function banner({ verdict, sentence, doubts, notes }: Comparison): string {
  const stroke = { fill: "none", stroke: "currentColor", "stroke-linecap": "round", "stroke-linejoin": "round" };
  const icon = element(
    "svg",
    { viewBox: "0 0 34 34", "aria-hidden": "true" },
    element("circle", { cx: 17, cy: 17, r: 15.5, ...stroke, "stroke-width": 2.5 }) +
      element("path", { ...stroke, "stroke-width": 3, d: ICONS[verdict] }),
  );
  const more = [...doubts.slice(1), ...notes].map((text) => element("li", {}, escapeMarkup(text)));
  const word = element("div", { class: "word", role: "status" }, WORDS[verdict]);
  const why = element("p", {}, escapeMarkup(sentence)) + (more.length === 0 ? "" : element("ul", {}, more.join("")));
  return element("section", { class: `banner is-${KIND[verdict]}` }, icon + element("div", {}, word + why));
}

const BADGES = { worse: "fail", better: "pass", no_evidence: "muted", no_values: "muted" } as const;

function metricsBlock(comparison: Comparison): string {
  const { headings, rows } = metricTable(comparison);
  const marked = rows.map((row, index) => {
    const { verdict } = comparison.metrics[index] as MetricChange;
    return [...row.slice(0, -1), { markup: badge(BADGES[verdict], row.at(-1) ?? "") }];
  });
  const chart = forestChart(comparison);
  const drawn = chart === undefined ? "" : scrolling(chart, "Ratios, a chart");
  return block("Metrics", drawn + table({ headings, rows: marked }) + note(tableNote(comparison)));
}

function distributionBlocks({ a, b, comparison }: ComparisonPage): string[] {
  const paths = (side: Comparison["a"], set: RunSet): MeasuredRun[] =>
    side.runs.flatMap((path) => set.runs.filter((run) => run.path === path));
  const [from, to] = [paths(comparison.a, a), paths(comparison.b, b)];
  const [first, second] = [merged(from), merged(to)];
  const overlay = overlayChart(first, second);
  if (first === undefined || second === undefined || overlay === undefined) return [];
  const pairs = comparison.paired ? from.flatMap((run, index) => pairOf(run, to[index])) : [];
  const quantiles = quantilesFor(Math.min(first.n, second.n));
  const shift = shiftChart(shiftFunction({ a: first, b: second, pairs }, quantiles), comparison.rules.floor);
  const wide = (chart: string): string => scrolling(chart, "Percentiles, a chart");
  const about =
    "All runs of a side together, from the instant the plan wanted each call to start. Each curve stops where its own samples no longer support a percentile.";
  const shiftNote =
    "Grey: the floor, within which a change is not worth a verdict. The tinted band is where the pairs place the change of each quantile by itself; it ends where single runs have too few calls, and takes five pairs.";
  return [
    block("Percentile spectra", wide(overlay) + note(about)),
    shift === undefined ? "" : block("Shift", wide(shift) + note(shiftNote)),
  ];
}

function pairOf(a: MeasuredRun, b: MeasuredRun | undefined): [Histogram, Histogram][] {
  return a.responseTime === undefined || b?.responseTime === undefined ? [] : [[a.responseTime, b.responseTime]];
}

/** Every sample of the runs; undefined without any. */
function merged(runs: readonly MeasuredRun[]): Histogram | undefined {
  const histograms = runs.flatMap(({ responseTime }) => responseTime ?? []);
  const [first] = histograms;
  if (first === undefined) return undefined;
  const all = new Histogram((first.highestUs - 1) / 2);
  for (const histogram of histograms) all.merge(histogram);
  return all;
}

function slopeBlock({ metrics, paired }: Comparison): string {
  const deciding = metrics.find(({ decides }) => decides);
  const chart = deciding === undefined ? undefined : slopeChart(deciding, paired);
  if (chart === undefined) return "";
  return block(paired ? "Pairs" : "Runs", scrolling(chart, "Single runs, a chart"));
}

function changedBlock({ changedKeys }: Comparison): string {
  if (changedKeys.length === 0) return block("Configuration", note("Nothing differs between the two."));
  const rows = changedKeys.map(({ key, a, b, ofScenario }) => [key, a, b, ofScenario ? "scenario" : "setting"]);
  return block("Configuration", table({ headings: ["changed", "A", "B", "of the"], rows }));
}

function runsBlock({ comparison }: ComparisonPage): string {
  const { a, b } = comparison;
  const length = Math.max(a.runs.length, b.runs.length);
  const rows = Array.from({ length }, (_, index) => [String(index + 1), a.runs[index] ?? "", b.runs[index] ?? ""]);
  return block("Runs", table({ headings: [comparison.paired ? "#pair" : "#run", "A", "B"], rows }));
}
