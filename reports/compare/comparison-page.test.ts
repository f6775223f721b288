import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { baselineFiles } from "./baseline-files.ts";
import { compareRuns } from "./compare-runs.ts";
import type { Comparison, RunSet } from "./comparison.ts";
import { DEFAULT_RULES } from "./comparison.ts";
import { renderComparisonMarkdown } from "./comparison-markdown.ts";
import { renderComparisonText } from "./comparison-text.ts";
import { renderComparisonHtml } from "./html/comparison-html.ts";
import { type MeasuredRun, readMeasuredRun } from "./measured-run.ts";
import { writeRunFolder } from "./run-fixture.ts";

const MALICE = 'constant(55ms)</script><b onload="x">|`*';
let parent = "";
let a: RunSet;
let b: RunSet;
let comparison: Comparison;

function read(path: string): MeasuredRun {
  const run = readMeasuredRun(path);
  if (run instanceof Error) throw run;
  return run;
}

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), "rpcfleet-compare-"));
  const runs: { a: MeasuredRun[]; b: MeasuredRun[] } = { a: [], b: [] };
  for (const [minute, side] of (["a", "b", "b", "a", "a", "b", "b", "a", "a", "b"] as const).entries()) {
    const seed = String(runs[side].length);
    const slow = side === "b";
    const folder = await writeRunFolder(parent, `${side}${seed}`, {
      seed,
      minute,
      deviceTime: (slow ? 60_000 : 50_000) + minute * 100,
      latency: slow ? MALICE : "constant(50ms)",
    });
    runs[side].push(read(folder));
  }
  a = { label: "before", runs: runs.a };
  b = { label: "after <i>", runs: runs.b };
  comparison = compareRuns(a, b, DEFAULT_RULES);
});

afterAll(() => rm(parent, { recursive: true }));

describe("a comparison of run directories", () => {
  it("finds the slower devices in every duration, and nothing in what the server adds", () => {
    const verdicts = Object.fromEntries(comparison.metrics.map(({ name, verdict }) => [name, verdict]));
    expect(verdicts).toMatchObject({ "p50(rtt)": "worse", "p99(rtt)": "worse", "p50(overhead)": "no_evidence" });
    expect(comparison.changedKeys.map(({ key }) => key)).toEqual(["fleet.cohorts[0].latency"]);
  });

  it("says the same in text, Markdown, JSON and on the page", () => {
    const { sentence } = comparison;
    const text = renderComparisonText(comparison, { colours: false, calibration: undefined, html: undefined });
    expect(text.split("\n")[0]).toBe(sentence);
    expect(renderComparisonMarkdown(comparison, undefined).replaceAll("\\", "").split("\n")[0]).toBe(
      `❌ **${sentence}**`,
    );
    const page = renderComparisonHtml({ a, b, comparison, calibration: undefined });
    expect(page).toContain(sentence);
    const data = /<script type="application\/json" id="comparison">(.*)<\/script>/.exec(page)?.[1] as string;
    expect(JSON.parse(data)).toEqual(JSON.parse(JSON.stringify(comparison)));
  });

  it("draws all figures on a page that loads and runs nothing, whatever the runs are called", () => {
    const page = renderComparisonHtml({ a, b, comparison, calibration: undefined });
    for (const id of ["forest", "overlay", "shift", "slope"]) expect(page).toContain(`id="${id}-title"`);
    expect(page).toContain("default-src 'none'");
    expect(page).not.toMatch(/<(link|img|iframe)|src=|href=|@import|url\((?!#)/);
    expect(page).not.toContain(MALICE);
    expect(page).not.toContain("<b onload");
    expect(page).not.toContain("<i>");
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(Buffer.byteLength(page)).toBeLessThan(200_000);
  });

  it("stays a comment in Markdown, however much differs", () => {
    const changedKeys = Array.from({ length: 5_000 }, (_, index) => {
      return { key: `key[${index}]`, a: "x|".repeat(500), b: "y`".repeat(500), ofScenario: true };
    });
    const notes = Array.from({ length: 500 }, () => "A run is left out".repeat(50));
    const markdown = renderComparisonMarkdown({ ...comparison, changedKeys, notes }, undefined);
    expect(Buffer.byteLength(markdown)).toBeLessThan(64 * 1_024);
    expect(markdown).toContain("4960 more keys");
    const plain = renderComparisonMarkdown(comparison, undefined);
    const rows = plain.split("\n").filter((line) => line.startsWith("| p"));
    expect(rows.map((row) => row.replaceAll("\\|", "").split("|").length)).toEqual(rows.map(() => 9));
  });

  it("draws what it can when there is one run of each, and says that it decides nothing", () => {
    const one = { ...a, runs: a.runs.slice(0, 1) };
    const other = { ...b, runs: b.runs.slice(0, 1) };
    const single = compareRuns(one, other, DEFAULT_RULES);
    const page = renderComparisonHtml({ a: one, b: other, comparison: single, calibration: undefined });
    expect(page).toContain("CANNOT TELL");
    expect(page).toContain('id="shift-title"');
    expect(page).not.toContain("NaN");
  });
});

describe("a baseline", () => {
  it("is two small files that say what the run says", async () => {
    const run = a.runs[0] as MeasuredRun;
    const files = baselineFiles(run, join(parent, "kept.json"));
    for (const { path, text } of files) await writeFile(path, text);
    expect(files.reduce((sum, { text }) => sum + text.length, 0)).toBeLessThan(8_000);
    const kept = read(join(parent, "kept.json"));
    expect([kept.figures, kept.configuration]).toEqual([run.figures, run.configuration]);
    expect(kept.responseTime?.n).toBe(run.responseTime?.n);
    expect(kept.responseTime?.quantile(0.99)).toBe(run.responseTime?.quantile(0.99));
  });

  it.each([
    ["no folder", "nowhere", /nowhere\/summary\.json.*no file/],
    ["no baseline", "missing.json", /missing\.json.*no file/],
    ["another file", "a0/plan.json", /plan\.json.*schema/],
  ])("or a run that is not there is named: %s", (_, name, problem) => {
    const run = readMeasuredRun(join(parent, name));
    expect(run).toBeInstanceOf(Error);
    expect((run as Error).message).toMatch(problem);
  });
});
