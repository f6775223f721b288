/** The figures as text for a terminal, and as JSON. */
import { isMet, type Row, ratioOf, type Section, spreadOf } from "./figures.ts";

export interface BenchReport {
  readonly host: string;
  readonly sections: readonly Section[];
}

const HEADINGS = ["", "ours", "theirs", "ratio (min-max)", "goal", ""];

export function reportText({ host, sections }: BenchReport): string {
  const lines = [host, "medians of interleaved repetitions; a ratio above 1 is in our favour"];
  for (const { title, repetitions, ours, theirs, rows, notes } of sections) {
    lines.push(
      "",
      repetitions > 0 ? `${title}, ${repetitions} repetitions` : title,
      `  ours: ${ours}`,
      `  theirs: ${theirs}`,
    );
    if (rows.length > 0) lines.push(...table([HEADINGS, ...rows.map(cells)]));
    lines.push(...notes.map((note) => `  ${note}`));
  }
  return `${lines.join("\n")}\n`;
}

function cells(row: Row): string[] {
  const { median, min, max } = ratioOf(row);
  const met = isMet(row);
  const side = (values: readonly number[]): string => number(spreadOf(values).median);
  return [
    `${row.name}, ${row.unit}`,
    side(row.ours),
    side(row.theirs),
    `${median.toFixed(2)}x (${min.toFixed(2)}-${max.toFixed(2)})`,
    row.goal === undefined ? "" : `>= ${row.goal.toFixed(2)}x`,
    met === undefined ? "" : met ? "met" : "missed",
  ];
}

function number(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en") : value.toFixed(1);
}

function table(rows: readonly string[][]): string[] {
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => (row[column] as string).length)));
  return rows.map((row) => {
    const padded = row.map((cell, i) =>
      i === 0 ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number),
    );
    return `  ${padded.join("  ")}`.trimEnd();
  });
}

export function reportJson({ host, sections }: BenchReport): string {
  const full = sections.map((section) => ({
    ...section,
    rows: section.rows.map((row) => ({ ...row, ratio: ratioOf(row), met: isMet(row) })),
  }));
  return `${JSON.stringify({ host, sections: full }, null, 2)}\n`;
}
