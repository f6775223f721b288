/** What a run is written as beside its folder: metrics for a file or a collector, annotations and job summary for a build server. */
import { writeFileSync } from "node:fs";
import type { Argv } from "yargs";
import { renderAnnotations } from "../../reports/annotations.ts";
import { renderJunit, UNDECIDED, type Undecided } from "../../reports/junit.ts";
import { renderOpenMetrics } from "../../reports/open-metrics.ts";
import { otlpDocument } from "../../reports/otlp.ts";
import { UnwritableRun } from "../../reports/unreadable-run.ts";
import { appendJobSummary, type Reported } from "./job-summary.ts";
import { metricsUrl, postMetrics } from "./post-metrics.ts";

export interface PublishFlags {
  openMetrics: string | undefined;
  otlp: string | undefined;
  otlpEndpoint: string | undefined;
  junit: string | undefined;
  junitUndecided: Undecided;
  annotations: boolean | undefined;
  jobSummary: boolean | undefined;
}

/** Standard output in place of a file. */
const STANDARD_OUTPUT = "-";

export function withPublishFlags<T>(yargs: Argv<T>): Argv<T & PublishFlags> {
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
    .option("junit", { type: "string", describe: "Write JUnit XML to this file too, - for standard output" })
    .option("junit-undecided", {
      choices: UNDECIDED,
      default: "error" as const,
      describe: "What a gate that cannot be judged is in that file",
    })
    .option("annotations", {
      type: "boolean",
      describe: "Say what is wrong as workflow commands on standard error [when GITHUB_ACTIONS=true]",
    })
    .option("job-summary", {
      type: "boolean",
      describe: "Append the report to the file that GITHUB_STEP_SUMMARY names [when it is set]",
    })
    .requiresArg(["open-metrics", "otlp", "otlp-endpoint", "junit"]) as unknown as Argv<T & PublishFlags>;
}

/** The flags that name a file or standard output. */
function places({ openMetrics, otlp, junit }: PublishFlags): [string, string | undefined][] {
  return [
    ["--open-metrics", openMetrics],
    ["--otlp", otlp],
    ["--junit", junit],
  ];
}

/** What is wrong with these flags, a sentence each. `json` is the flag that prints the summary. */
export function publishProblems(flags: PublishFlags & { readonly json: boolean }): string[] {
  const problems: string[] = [];
  const { otlpEndpoint, json } = flags;
  const printing = places(flags).filter(([, place]) => place === STANDARD_OUTPUT);
  const printed = [...(json ? ["--json"] : []), ...printing.map(([name]) => `${name} -`)];
  if (printed.length > 1) problems.push(`${printed.join(" and ")}: only one of them can be on standard output`);
  for (const [name, place] of places(flags))
    if (place === "") problems.push(`${name}: expected a file or -, got nothing`);
  if (otlpEndpoint !== undefined && metricsUrl(otlpEndpoint) === undefined)
    problems.push(`--otlp-endpoint: expected http://host:port without a user, got "${otlpEndpoint}"`);
  return problems;
}

/** True when standard output belongs to one of these files, and nothing else may be printed there. */
export function takesStandardOutput(flags: PublishFlags): boolean {
  return places(flags).some(([, place]) => place === STANDARD_OUTPUT);
}

/**
 * Writes what the flags ask for. A file that cannot be written throws UnwritableRun; a collector or a job summary that takes nothing
 * is a line on standard error, for the verdict of the run does not hang on them.
 */
export async function publishRun({ record, summary }: Reported, flags: PublishFlags): Promise<void> {
  const { openMetrics, otlp, otlpEndpoint, junit, junitUndecided } = flags;
  if (openMetrics !== undefined) write(openMetrics, renderOpenMetrics(record, summary));
  if (otlp !== undefined) write(otlp, `${JSON.stringify(otlpDocument(record, summary))}\n`);
  if (junit !== undefined) write(junit, renderJunit(summary, junitUndecided));
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
