/** A run on disk: every file of its directory, each written whole or not at all. */
import { join } from "node:path";
import { foldRun } from "./fold-run.ts";
import { failedGateCourses } from "./gate-course.ts";
import { readHistory } from "./history.ts";
import { type HlogInterval, writeHlog } from "./hlog.ts";
import { renderHtml } from "./html/report-html.ts";
import { sliceSeconds } from "./interval-series.ts";
import { writeJournal } from "./journal.ts";
import { renderJunit } from "./junit.ts";
import { COMMENT_BYTES, renderMarkdown } from "./markdown.ts";
import { readRawFiles } from "./raw-files.ts";
import { encodeRunFile } from "./run-file.ts";
import type { RunRecord } from "./run-record.ts";
import { summarize } from "./summary.ts";
import type { Summary } from "./summary-schema.ts";
import { writeWhole } from "./write-whole.ts";

/** Names of the files in a run directory. */
export const RUN_FILES = {
  run: "run.json",
  journal: "journal.arrow",
  extraRequests: "extra-requests.arrow",
  responseTime: "response-time.hlog",
  serviceTime: "service-time.hlog",
  sendLag: "send-lag.hlog",
  html: "report.html",
  markdown: "report.md",
  junit: "junit.xml",
  summary: "summary.json",
} as const;

/** Those that are there before a page is written. */
const RAW_FILES = [
  "plan.json",
  RUN_FILES.run,
  RUN_FILES.journal,
  RUN_FILES.extraRequests,
  RUN_FILES.responseTime,
  RUN_FILES.serviceTime,
  RUN_FILES.sendLag,
];

const HLOGS = [
  { series: "responseTime", tag: "response-time" },
  { series: "serviceTime", tag: "service-time" },
  { series: "sendLag", tag: "send-lag" },
] as const;

/** Writes a run into an existing directory: what it is remembered by, then its reports. Throws UnwritableRun (path and cause). */
export function writeRun(directory: string, record: RunRecord): Summary {
  writeText(directory, RUN_FILES.run, encodeRunFile(record));
  writeJournal(record, journalPaths(directory));
  return writeReports(directory, record);
}

/**
 * Writes all reports of a run and returns its Summary. Each file appears under its name only when it is complete, and `summary.json`
 * last: a directory that has it has everything. Throws UnwritableRun (path and cause), and UnreadableRun when the record's journal is
 * damaged.
 */
export function writeReports(directory: string, record: RunRecord): Summary {
  const folded = foldRun(record);
  const summary = summarize(record, folded);
  const { startedAt, timeout } = record.facts;
  for (const { series, tag } of HLOGS) {
    const slices = sliceSeconds(folded.seconds[series], timeout, folded.extent.lastIntended);
    const intervals = slices.map((slice): HlogInterval => ({ tag, ...slice }));
    writeText(directory, RUN_FILES[series], writeHlog(startedAt, intervals));
  }
  const surroundings = { history: readHistory(directory, summary), files: readRawFiles(directory, RAW_FILES) };
  writeText(directory, RUN_FILES.html, renderHtml(record, summary, { folded, surroundings }));
  const courses = failedGateCourses(record, summary);
  writeText(directory, RUN_FILES.markdown, renderMarkdown(summary, { limitBytes: COMMENT_BYTES, courses }));
  writeText(directory, RUN_FILES.junit, renderJunit(summary));
  writeText(directory, RUN_FILES.summary, `${JSON.stringify(summary, null, 2)}\n`);
  return summary;
}

/** Where the journal of a run directory is. */
export function journalPaths(directory: string): { readonly journal: string; readonly extraRequests: string } {
  return { journal: join(directory, RUN_FILES.journal), extraRequests: join(directory, RUN_FILES.extraRequests) };
}

function writeText(directory: string, name: string, text: string): void {
  writeWhole(join(directory, name), (append) => append(new TextEncoder().encode(text)));
}
