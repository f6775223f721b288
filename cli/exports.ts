/** What a run is written as beside its folder: metrics for a file or a collector, annotations and job summary for a build server. */
import { writeFileSync } from "node:fs";
import type { Argv } from "yargs";
import { renderAnnotations } from "../reports/annotations.ts";
import { renderOpenMetrics } from "../reports/open-metrics.ts";
import { otlpDocument } from "../reports/otlp.ts";
import type { RunRecord } from "../reports/run-record.ts";
import type { Summary } from "../reports/summary-schema.ts";
import { UnwritableRun } from "../reports/unreadable-run.ts";
import { appendJobSummary } from "./export/job-summary.ts";
import { metricsUrl, postMetrics } from "./export/post-metrics.ts";

export interface ExportFlags {
  openMetrics: string | undefined;
  otlp: string | undefined;
  otlpEndpoint: string | undefined;
  annotations: boolean | undefined;
  jobSummary: boolean | undefined;
}

/** Standard output in place of a file. */
const STANDARD_OUTPUT = "-";

export function withExportFlags<T>(yargs: Argv<T>): Argv<T & ExportFlags> {
  return yargs
    .option("open-metrics", {
      type: "string",
      describe: "Write the figures as OpenMetrics text to this file, - for standard output",
    })
    .option("otlp", { type: "string", describe: "Write them as an OTLP/JSON metrics document, - for standard output" })
    .option("otlp-endpoint", {
      type: "string",
      describe:
        "Post that document to a collector, such as http://127.0.0.1:4318; a failure is said and changes nothing",
    })
    .option("annotations", {
      type: "boolean",
      describe: "Say what is wrong as workflow commands on standard error [when GITHUB_ACTIONS=true]",
    })
    .option("job-summary", {
      type: "boolean",
      describe: "Append the report to the file that GITHUB_STEP_SUMMARY names [when it is set]",
    })
    .requiresArg(["open-metrics", "otlp", "otlp-endpoint"]) as unknown as Argv<T & ExportFlags>;
}

/** What is wrong with these flags, a sentence each. `json` is the flag that prints the summary. */
export function exportProblems(flags: ExportFlags & { readonly json: boolean }): string[] {
  const problems: string[] = [];
  const { openMetrics, otlp, otlpEndpoint, json } = flags;
  const printed = [
    ...(json ? ["--json"] : []),
    ...(openMetrics === STANDARD_OUTPUT ? ["--open-metrics -"] : []),
    ...(otlp === STANDARD_OUTPUT ? ["--otlp -"] : []),
  ];
  if (printed.length > 1) problems.push(`${printed.join(" and ")}: only one of them can be on standard output`);
  for (const [name, value] of Object.entries({ "open-metrics": openMetrics, otlp }))
    if (value === "") problems.push(`--${name}: expected a file or -, got nothing`);
  if (otlpEndpoint !== undefined && metricsUrl(otlpEndpoint) === undefined)
    problems.push(`--otlp-endpoint: expected http://host:port without a user, got "${otlpEndpoint}"`);
  return problems;
}

/** True when standard output belongs to one of the exports, and nothing else may be printed there. */
export function takesStandardOutput({ openMetrics, otlp }: ExportFlags): boolean {
  return openMetrics === STANDARD_OUTPUT || otlp === STANDARD_OUTPUT;
}

export interface Exported {
  readonly record: RunRecord;
  readonly summary: Summary;
}

/**
 * Writes what the flags ask for. A file that cannot be written throws UnwritableRun; a collector or a job summary that takes nothing
 * is a line on standard error, for the verdict of the run does not hang on them.
 */
export async function exportRun({ record, summary }: Exported, flags: ExportFlags): Promise<void> {
  const { openMetrics, otlp, otlpEndpoint } = flags;
  if (openMetrics !== undefined) write(openMetrics, renderOpenMetrics(record, summary));
  if (otlp !== undefined) write(otlp, `${JSON.stringify(otlpDocument(record, summary))}\n`);
  const trouble: (string | undefined)[] = [];
  if (otlpEndpoint !== undefined)
    trouble.push(await postMetrics(otlpEndpoint, JSON.stringify(otlpDocument(record, summary))));
  const { GITHUB_ACTIONS, GITHUB_STEP_SUMMARY } = process.env;
  if (flags.jobSummary ?? Boolean(GITHUB_STEP_SUMMARY))
    trouble.push(appendJobSummary(GITHUB_STEP_SUMMARY, { record, summary }));
  for (const line of trouble) if (line !== undefined) process.stderr.write(`${line}\n`);
  // A build server reads both streams; standard output may be somebody's data.
  if (flags.annotations ?? GITHUB_ACTIONS === "true") process.stderr.write(renderAnnotations(summary));
}

function write(path: string, content: string): void {
  if (path === STANDARD_OUTPUT) {
    process.stdout.write(content);
    return;
  }
  try {
    writeFileSync(path, content);
  } catch (error) {
    throw new UnwritableRun(path, error as Error);
  }
}
