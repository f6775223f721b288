/**
 * Reads the files that latency forms name, once and before anything starts: CSV of samples or of quantiles, HdrHistogram logs, and CSV of
 * recorded courses. What comes out is a form that holds the data.
 */
import { readFileSync } from "node:fs";
import { parseDuration } from "../../protocol/time.ts";
import { readHlog } from "../../reports/hlog.ts";
import { type FormProblem, problem } from "../../simulator/behaviour/form.ts";
import { type FileReference, inlineFiles } from "../../simulator/behaviour/latency/inline-files.ts";

/** Entries of a course that a plan and a report can still carry. */
const LONGEST_TRACE = 10_000;

/** Shares at which samples are kept: every percent, and ever finer into the tail. */
const SHARES = [
  0,
  0.001,
  0.005,
  ...Array.from({ length: 99 }, (_, i) => (i + 1) / 100),
  0.995,
  0.998,
  0.999,
  0.9995,
  0.9998,
  0.9999,
  0.99999,
  0.999999,
  1,
];

/** A latency text without file references: their data stand in their place. Paths are relative to the working directory. */
export function inlineLatencyFiles(text: string): string | FormProblem {
  return inlineFiles(text, (reference) => {
    let content: string;
    try {
      content = readFileSync(reference.file, "utf8");
    } catch (error) {
      return problem(`${reference.name}: cannot read ${reference.file} (${(error as NodeJS.ErrnoException).code})`);
    }
    if (reference.name === "trace") return inlineTrace(reference, content);
    return reference.file.endsWith(".hlog") ? inlineHlog(reference, content) : inlineCsv(reference, content);
  });
}

/** Rows of cells, without the heading; `column` is the one the reference names, else the last. */
interface Csv {
  readonly rows: readonly (readonly string[])[];
  readonly column: number;
  /** Line number of the first row. */
  readonly firstLine: number;
}

function readCsv({ name, file, column }: FileReference, content: string): Csv | FormProblem {
  const rows = content
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "" && !line.startsWith("#"))
    .map((line) => line.split(/[,;\t]/).map((cell) => cell.trim().replace(/^"(.*)"$/, "$1")));
  const [heading] = rows;
  if (heading === undefined) return problem(`${name}: ${file} holds no values`);
  const headed = heading.some((cell) => !/^\d/.test(cell));
  const position = column === undefined ? heading.length - 1 : heading.indexOf(column);
  if (position < 0 || (column !== undefined && !headed))
    return problem(`${name}: ${file} has no column "${column}" (it has ${heading.join(", ")})`);
  const body = headed ? rows.slice(1) : rows;
  if (body.length === 0) return problem(`${name}: ${file} holds no values`);
  return { rows: body, column: position, firstLine: headed ? 2 : 1 };
}

/** A cell in microseconds: with its own unit, or a plain number in the reference's. */
function delayIn(cell: string | undefined, unit: string | undefined): number | undefined {
  if (cell === undefined) return undefined;
  return parseDuration(/^\d+(\.\d+)?$/.test(cell) ? `${cell}${unit ?? ""}` : cell);
}

function unreadableCell({ name, file }: FileReference, { line, cell, what }: UnreadableCell): FormProblem {
  const hint = /^\d+(\.\d+)?$/.test(cell ?? "") ? ` without its unit (say which: ${what}=ms)` : "";
  return problem(`${name}: ${file}, row ${line}: expected a duration such as 12ms, got "${cell ?? ""}"${hint}`);
}

interface UnreadableCell {
  readonly line: number;
  readonly cell: string | undefined;
  /** The argument that would say its unit. */
  readonly what: "unit" | "time";
}

function inlineCsv(reference: FileReference, content: string): string | FormProblem {
  const csv = readCsv(reference, content);
  if ("kind" in csv) return csv;
  const isTable = csv.rows.every((row) => /^\d+(\.\d+)?%$/.test(row[0] ?? ""));
  const delays: number[] = [];
  for (const [i, row] of csv.rows.entries()) {
    const cell = row[isTable && reference.column === undefined ? 1 : csv.column];
    const delay = delayIn(cell, reference.unit);
    if (delay === undefined) return unreadableCell(reference, { line: i + csv.firstLine, cell, what: "unit" });
    delays.push(delay);
  }
  const points = isTable
    ? csv.rows.map((row, i): Point => [row[0] as string, delays[i] as number])
    : pointsOf(delays.length, sampleQuantile(delays));
  return quantilesForm(points, reference.rest);
}

type Point = readonly [share: string, delayUs: number];

function sampleQuantile(delays: number[]): (share: number) => number {
  const sorted = Float64Array.from(delays).sort();
  return (share) => sorted[Math.max(0, Math.ceil(share * sorted.length - 1e-9) - 1)] as number;
}

/** The kept shares that so many samples can tell from one another. */
function pointsOf(count: number, quantile: (share: number) => number): Point[] {
  return SHARES.filter((share) => share === 0 || share === 1 || (share * count >= 1 && (1 - share) * count >= 1)).map(
    (share) => [`${Number((100 * share).toFixed(6))}%`, quantile(share)],
  );
}

/** A duration to the microsecond, in the larger unit where that is as short. */
function exact(us: number): string {
  return us % 1_000 === 0 ? `${us / 1_000}ms` : `${us}us`;
}

function quantilesForm(points: readonly Point[], rest: string): string {
  return `quantiles(${points.map(([share, delay]) => `${share}=${exact(delay)}`).join(", ")}${rest})`;
}

function inlineHlog(reference: FileReference, content: string): string | FormProblem {
  const { file, tag, unit = "us" } = reference;
  const intervals = readHlog(content);
  if ("badLine" in intervals)
    return problem(`empirical: ${file}, line ${intervals.badLine} is no line of an HdrHistogram log`);
  const tags = [...new Set(intervals.map((interval) => interval.tag))];
  const wanted = tag ?? (tags.length === 1 ? tags[0] : undefined);
  const own = intervals.filter((interval) => interval.tag === wanted);
  const [first] = own;
  if (first === undefined)
    return problem(
      `empirical: ${file} needs tag=, one of ${tags.map((name) => `"${name}"`).join(", ") || "none at all"}`,
    );
  const { histogram } = first;
  for (const interval of own.slice(1)) histogram.merge(interval.histogram);
  if (histogram.n === 0) return problem(`empirical: ${file} holds no values`);
  const inMicroseconds = parseDuration(`1${unit}`) as number;
  const points = pointsOf(histogram.n, (share) => {
    const value = share === 0 ? histogram.min : share === 1 ? histogram.max : histogram.quantile(share);
    return Math.round((value ?? 0) * inMicroseconds);
  });
  return quantilesForm(points, reference.rest);
}

/** First column: time since the start of the recording; `column`, else the last: the delay. The loop ends a mean gap after the last. */
function inlineTrace(reference: FileReference, content: string): string | FormProblem {
  const csv = readCsv(reference, content);
  if ("kind" in csv) return csv;
  const { file, unit, rest } = reference;
  if (csv.rows.length > LONGEST_TRACE)
    return problem(`trace: ${file} has ${csv.rows.length} entries; a plan carries at most ${LONGEST_TRACE}`);
  const entries: (readonly [time: number, delay: number])[] = [];
  for (const [i, row] of csv.rows.entries()) {
    const line = i + csv.firstLine;
    const time = delayIn(row[0], reference.time);
    const delay = delayIn(row[csv.column], unit);
    if (time === undefined) return unreadableCell(reference, { line, cell: row[0], what: "time" });
    if (delay === undefined) return unreadableCell(reference, { line, cell: row[csv.column], what: "unit" });
    if (entries.length > 0 && time <= (entries.at(-1)?.[0] as number))
      return problem(`trace: ${file}, row ${line}: its time is not after the one before`);
    entries.push([time, delay]);
  }
  const [start] = entries[0] as readonly [number, number];
  const length = (entries.at(-1) as readonly [number, number])[0] - start;
  const gap = entries.length > 1 ? Math.max(1, Math.round(length / (entries.length - 1))) : 1_000_000;
  const loop = / loop=/.test(rest) ? "" : `, loop=${exact(length + gap)}`;
  return `trace(${entries.map(([time, delay]) => `${exact(time - start)}: ${exact(delay)}`).join(", ")}${loop}${rest})`;
}
