/** A comparison as one terminal screen: the sentence first. */
import type { Comparison } from "./comparison.ts";
import {
  confidenceWords,
  formatChange,
  formatInterval,
  formatMedian,
  formatP,
  sizeWords,
  verdictWord,
} from "./comparison-words.ts";
import { type Calibration, noiseSentences } from "./machine-noise.ts";

export interface ComparisonTextOptions {
  readonly colours: boolean;
  readonly calibration: Calibration | undefined;
  /** Where the HTML report was written; undefined when none was. */
  readonly html: string | undefined;
}

const MOST_KEYS = 20;
const COLOUR = { regression: 31, no_regression: 32, cannot_tell: 35 } as const;

export function renderComparisonText(comparison: Comparison, options: ComparisonTextOptions): string {
  const { verdict, sentence, doubts, notes } = comparison;
  const head = options.colours ? `\u001b[1;${COLOUR[verdict]}m${sentence}\u001b[0m` : sentence;
  const blocks = [
    [head, ...doubts.slice(1).map((doubt) => `  ${doubt}`), ...notes.map((note) => `  ${note}`)],
    [`A  ${comparison.a.label}`, `B  ${comparison.b.label}`],
    metricLines(comparison),
    changedLines(comparison),
    [...noiseSentences(options.calibration), ...(options.html === undefined ? [] : [`report  ${options.html}`])],
  ];
  return `${blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join("\n"))
    .join("\n\n")}\n`;
}

/** Headings and cells of the table of metrics; every report shows the same. */
export function metricTable(comparison: Comparison): { headings: string[]; rows: string[][] } {
  const confidence = confidenceWords(comparison);
  const interval = confidence === undefined ? "interval" : `interval (${confidence})`;
  const headings = ["metric", "#A", "#B", "#change", `#${interval}`, "#p worse", "verdict"];
  const rows = comparison.metrics.map((change) => [
    change.decides ? `${change.name} *` : change.name,
    formatMedian(change.a, change),
    formatMedian(change.b, change),
    formatChange(change.change, change.kind),
    formatInterval(change),
    formatP(change.pWorse),
    verdictWord(change),
  ]);
  return { headings, rows };
}

/** What the signs in the table mean. */
export function tableNote({ rules, a, b, paired }: Comparison): string {
  const floors = `${Number((rules.floor * 100).toFixed(2))} % and ${rules.absoluteFloorUs / 1_000} ms`;
  const side = `${sizeWords({ a, b, paired })}, medians of the runs`;
  return `${side}; * decides (p corrected for ${rules.deciding.length}), ~ no evidence of a change beyond ${floors}.`;
}

function metricLines(comparison: Comparison): string[] {
  const { headings, rows } = metricTable(comparison);
  const all = [headings.map((heading) => heading.replace(/^#/, "")), ...rows];
  const widths = headings.map((_, column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
  const lines = all.map((row) =>
    row
      .map((cell, column) =>
        headings[column]?.startsWith("#") ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd(),
  );
  return [...lines.map((line) => `  ${line}`), `  ${tableNote(comparison)}`];
}

function changedLines({ changedKeys }: Comparison): string[] {
  if (changedKeys.length === 0) return ["configuration  nothing differs"];
  const lines = changedKeys.slice(0, MOST_KEYS).map(({ key, a, b }) => `  ${key}: ${a} -> ${b}`);
  if (changedKeys.length > MOST_KEYS) lines.push(`  … and ${changedKeys.length - MOST_KEYS} more`);
  return ["configuration", ...lines];
}
