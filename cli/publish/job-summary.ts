/** The report of a run in the job summary of a build on GitHub. */
import { appendFileSync, statSync } from "node:fs";
import { failedGateCourses } from "../../reports/gate-course.ts";
import { JOB_SUMMARY_BYTES, LEAST_MARKDOWN_BYTES, renderMarkdown } from "../../reports/markdown.ts";
import type { RunRecord } from "../../reports/run-record.ts";
import type { Summary } from "../../reports/summary-schema.ts";

export interface Reported {
  readonly record: RunRecord;
  readonly summary: Summary;
}

/**
 * Appends the report to the file `path`, in the room that earlier steps' texts leave of what GitHub takes. Returns why it could
 * not, in one line; undefined when it did. Never throws for a file that is not there or not writable.
 */
export function appendJobSummary(path: string | undefined, { record, summary }: Reported): string | undefined {
  if (path === undefined || path === "")
    return "no job summary: GITHUB_STEP_SUMMARY names no file; leave out --job-summary";
  try {
    const taken = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    const limitBytes = JOB_SUMMARY_BYTES - taken - "\n".length;
    if (limitBytes < LEAST_MARKDOWN_BYTES) return `no job summary: ${path} is full`;
    const text = renderMarkdown(summary, { limitBytes, courses: failedGateCourses(record, summary) });
    appendFileSync(path, taken === 0 ? text : `\n${text}`);
    return undefined;
  } catch (error) {
    return `no job summary: cannot write ${path}: ${(error as NodeJS.ErrnoException).code ?? (error as Error).message}`;
  }
}
