/** HdrHistogram logs, format 1.3: the open form of our histograms, for HistogramLogAnalyzer, hdr-plot and their like. */
import { type Instant, SECOND } from "../protocol/time.ts";
import { Histogram } from "./histogram.ts";

/** One line of a log: what was recorded between two instants. */
export interface HlogInterval {
  /** Series the line belongs to, such as `response-time`. */
  readonly tag: string;
  /** Since the run's origin. */
  readonly start: Instant;
  readonly end: Instant;
  readonly histogram: Histogram;
}

/** The maximum is written in milliseconds, so that three decimals keep the microsecond. */
const US_PER_MAX_UNIT = 1_000;

const seconds = (us: number): string => (us / SECOND).toFixed(3);

/** A log of these intervals. `startedAt` is the wall-clock time of the run's origin, ISO 8601. */
export function writeHlog(startedAt: string, intervals: readonly HlogInterval[]): string {
  const startS = (Date.parse(startedAt) / 1_000).toFixed(3);
  const lines = [
    "#[Logged by rpcfleet; values in microseconds, Interval_Max in milliseconds]",
    "#[Histogram log format version 1.3]",
    `#[StartTime: ${startS} (seconds since epoch), ${startedAt}]`,
    `#[BaseTime: ${startS} (seconds since epoch)]`,
    '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"',
  ];
  for (const { tag, start, end, histogram } of intervals) {
    const max = ((histogram.max ?? 0) / US_PER_MAX_UNIT).toFixed(3);
    lines.push(`Tag=${tag},${seconds(start)},${seconds(end - start)},${max},${histogram.encode()}`);
  }
  return `${lines.join("\n")}\n`;
}

/** The intervals of a log, or the number (from 1) of the first line that is not one. */
export function readHlog(text: string): HlogInterval[] | { readonly badLine: number } {
  const intervals: HlogInterval[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line === "" || line.startsWith("#") || line.startsWith('"')) continue;
    const interval = readLine(line);
    if (interval === undefined) return { badLine: index + 1 };
    intervals.push(interval);
  }
  return intervals;
}

function readLine(line: string): HlogInterval | undefined {
  const match = /^(?:Tag=([^,\s]+),)?([\d.]+),([\d.]+),[\d.]+,(\S+)$/.exec(line);
  const histogram = Histogram.decode(match?.[4] ?? "");
  if (match === null || histogram === undefined) return undefined;
  const start = Math.round(Number(match[2]) * SECOND);
  return { tag: match[1] ?? "", start, end: start + Math.round(Number(match[3]) * SECOND), histogram };
}
