/** A run on disk: every file of its directory, each written whole or not at all. */
import { randomUUID } from "node:crypto";
import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type HlogInterval, writeHlog } from "./hlog.ts";
import { renderHtml } from "./html/report-html.ts";
import { sliceSeries } from "./interval-series.ts";
import { writeJournal } from "./journal.ts";
import { renderJunit } from "./junit.ts";
import { renderMarkdown } from "./markdown.ts";
import { encodeRunFile } from "./run-file.ts";
import type { RunRecord } from "./run-record.ts";
import { summarize } from "./summary.ts";
import type { Summary } from "./summary-schema.ts";
import { UnwritableRun } from "./unreadable-run.ts";

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

/**
 * Writes all reports of a run into an existing directory and returns its Summary. Each file appears under its name only when it
 * is complete, and `summary.json` last: a directory that has it has everything. Rejects with UnwritableRun (path and cause).
 */
export async function writeReports(directory: string, record: RunRecord): Promise<Summary> {
  const summary = summarize(record);
  const { journal, extraRequests } = writeJournal(record.calls, record.ledger);
  const write = (name: string, content: string | Uint8Array): Promise<void> =>
    writeWhole(join(directory, name), content);

  await write(RUN_FILES.run, encodeRunFile(record));
  await write(RUN_FILES.journal, journal);
  if (extraRequests !== undefined) await write(RUN_FILES.extraRequests, extraRequests);
  const { startedAt } = record.facts;
  const logs = sliceSeries(record);
  const hlog = (tag: string, intervals: readonly Omit<HlogInterval, "tag">[]): string =>
    writeHlog(
      startedAt,
      intervals.map((interval) => ({ tag, ...interval })),
    );
  await write(RUN_FILES.responseTime, hlog("response-time", logs.responseTime));
  await write(RUN_FILES.serviceTime, hlog("service-time", logs.serviceTime));
  await write(RUN_FILES.sendLag, hlog("send-lag", logs.sendLag));
  await write(RUN_FILES.html, renderHtml(record, summary));
  await write(RUN_FILES.markdown, renderMarkdown(summary));
  await write(RUN_FILES.junit, renderJunit(summary));
  await write(RUN_FILES.summary, `${JSON.stringify(summary, null, 2)}\n`);
  return summary;
}

async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const unfinished = `${path}.${randomUUID()}.part`;
  try {
    await writeFile(unfinished, content, { flush: true });
    await rename(unfinished, path);
  } catch (error) {
    // The first error is the one that tells; that the leftover cannot be removed either would only hide it.
    await rm(unfinished, { force: true }).catch(() => undefined);
    throw new UnwritableRun(path, error as Error);
  }
}
