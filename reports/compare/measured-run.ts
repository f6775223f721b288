/** A run as comparisons see it: its figures, what it was made with, and the histogram of its response times. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { baselineSchema } from "../baseline.ts";
import type { Histogram } from "../histogram.ts";
import { readHlog } from "../hlog.ts";
import { summarySchema } from "../summary-schema.ts";
import { UnreadableRun } from "../unreadable-run.ts";
import { RUN_FILES } from "../write-run.ts";
import { type Configuration, readConfiguration } from "./configuration.ts";

/** The members of a summary that are compared, that gates may be held against, or that tell what is. */
const comparedFigures = baselineSchema.extend(
  summarySchema.pick({
    seed: true,
    command: true,
    host: true,
    window: true,
    interrupted: true,
    timeoutUs: true,
    counts: true,
  }).shape,
);
export type ComparedFigures = z.infer<typeof comparedFigures>;

export interface MeasuredRun {
  /** Where it was read from. */
  readonly path: string;
  readonly figures: ComparedFigures;
  readonly configuration: Configuration;
  /** Undefined when no call was answered. */
  readonly responseTime: Histogram | undefined;
}

const PLAN = "plan.json";
const BASELINE_SCHEMA = "rpcfleet.baseline/1";

const texts = z.record(z.string(), z.string());
const baselineFile = z.object({
  schema: z.literal(BASELINE_SCHEMA),
  figures: comparedFigures,
  configuration: z.object({ scenario: texts, setting: texts }),
});

/** A run without its histogram: what tables over many runs need. */
export type RunFigures = Omit<MeasuredRun, "responseTime">;

/** A run directory, or the `.json` of a stored baseline; the first file that is missing, damaged or of another version. */
export function readMeasuredRun(path: string): MeasuredRun | UnreadableRun {
  const run = readRunFigures(path);
  if (run instanceof UnreadableRun) return run;
  return withResponseTime(run, isBaseline(path) ? hlogOf(path) : join(path, RUN_FILES.responseTime));
}

/** The same without reading the histogram. */
export function readRunFigures(path: string): RunFigures | UnreadableRun {
  return isBaseline(path) ? readBaseline(path) : readRunFolder(path);
}

function isBaseline(path: string): boolean {
  return path.endsWith(".json");
}

/** Why the generator's own verdict, or an interruption, forbids to read the figures; undefined when they may be read. */
export function flawOf({ figures }: RunFigures): string | undefined {
  if (figures.interrupted) return "it was interrupted";
  if (figures.health.verdict !== "invalid") return undefined;
  const rows = figures.health.rows.filter(({ verdict }) => verdict === "invalid").map(({ name }) => name);
  return `its load generator is invalid (${rows.join(", ")})`;
}

function readRunFolder(folder: string): RunFigures | UnreadableRun {
  const summaryPath = join(folder, RUN_FILES.summary);
  const figures = readJson(summaryPath, "the summary of a run (rpcfleet.summary/1)", comparedFigures);
  if (figures instanceof UnreadableRun) return figures;
  const planPath = join(folder, PLAN);
  const plan = readText(planPath);
  const expected = "the plan of a run (rpcfleet.plan/1)";
  if (plan === undefined) return new UnreadableRun(planPath, expected, "no file");
  const configuration = readConfiguration(plan, figures.host);
  if ("problem" in configuration) return new UnreadableRun(planPath, expected, configuration.problem);
  return { path: folder, figures, configuration };
}

function readBaseline(path: string): RunFigures | UnreadableRun {
  const baseline = readJson(path, `a stored baseline (${BASELINE_SCHEMA})`, baselineFile);
  if (baseline instanceof UnreadableRun) return baseline;
  return { path, figures: baseline.figures, configuration: baseline.configuration };
}

/** The text of a baseline's `.json`. */
export function encodeBaseline({ figures, configuration }: RunFigures): string {
  return `${JSON.stringify({ schema: BASELINE_SCHEMA, figures, configuration }, null, 2)}\n`;
}

/** The histogram log that stands beside a baseline. */
export function hlogOf(baseline: string): string {
  return baseline.replace(/\.json$/, ".hlog");
}

function withResponseTime(run: RunFigures, path: string): MeasuredRun | UnreadableRun {
  const text = readText(path);
  const expected = "a histogram log";
  if (text === undefined) return new UnreadableRun(path, expected, "no file");
  const intervals = readHlog(text);
  if ("badLine" in intervals) return new UnreadableRun(path, expected, `a wrong line ${intervals.badLine}`);
  return { ...run, responseTime: mergeAll(intervals.map(({ histogram }) => histogram)) };
}

/** All samples of histograms of one range; undefined without any. The first one takes them up. */
function mergeAll([first, ...rest]: readonly Histogram[]): Histogram | undefined {
  for (const histogram of rest) first?.merge(histogram);
  return first;
}

function readJson<T>(path: string, expected: string, shape: z.ZodType<T>): T | UnreadableRun {
  const text = readText(path);
  if (text === undefined) return new UnreadableRun(path, expected, "no file");
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return new UnreadableRun(path, expected, "text that is no JSON (damaged or truncated)");
  }
  const parsed = shape.safeParse(json);
  if (parsed.success) return parsed.data;
  const found = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ");
  return new UnreadableRun(path, expected, found);
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
