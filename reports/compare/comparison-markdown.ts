/** A comparison as Markdown for a merge-request comment, which may have 64 KB: line 1 is the verdict. */
import type { Comparison } from "./comparison.ts";
import { metricTable, tableNote } from "./comparison-text.ts";
import { type Calibration, noiseSentences } from "./machine-noise.ts";

const SIGN = { regression: "❌", no_regression: "✅", cannot_tell: "⚠️" } as const;
const MOST_KEYS = 40;
const MOST_NOTES = 20;
/** Room for every key and note at this length, and the table, stays far below 64 KB. */
const LONGEST_TEXT = 300;

export function renderComparisonMarkdown(comparison: Comparison, calibration: Calibration | undefined): string {
  const { verdict, sentence, doubts, notes, a, b } = comparison;
  const remarks = [...doubts.slice(1), ...notes];
  const blocks = [
    `${SIGN[verdict]} **${escaped(sentence)}**`,
    list(remarks, MOST_NOTES),
    `A: ${escaped(a.label)} · B: ${escaped(b.label)}`,
    metricBlock(comparison),
    tableNote(comparison).replaceAll("*", "\\*"),
    changedBlock(comparison),
    noiseSentences(calibration).join(" "),
  ];
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
}

function metricBlock(comparison: Comparison): string {
  const { headings, rows } = metricTable(comparison);
  return table(
    headings.map((heading) => heading.replace(/^#/, "")),
    headings.map((heading) => (heading.startsWith("#") ? "---:" : "---")),
    rows.map((row) => row.map(escaped)),
  );
}

function changedBlock({ changedKeys }: Comparison): string {
  if (changedKeys.length === 0) return "";
  const rows = changedKeys.slice(0, MOST_KEYS).map(({ key, a, b }) => [escaped(key), escaped(a), escaped(b)]);
  const rest = changedKeys.length - rows.length;
  const text = table(["configuration", "A", "B"], ["---", "---", "---"], rows);
  return rest > 0 ? `${text}\n\n… and ${rest} more keys` : text;
}

function list(lines: readonly string[], most: number): string {
  const shown = lines.slice(0, most).map((line) => `- ${escaped(line)}`);
  if (lines.length > most) shown.push(`- … and ${lines.length - most} more`);
  return shown.join("\n");
}

function table(headings: readonly string[], rules: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(headings), line(rules), ...rows.map(line)].join("\n");
}

/** Text of runs is data: it must not become markup or break a table. */
function escaped(text: string): string {
  const short = text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text;
  return short.replace(/[\\`*_[\]<>|#]/g, "\\$&").replace(/\s+/g, " ");
}
