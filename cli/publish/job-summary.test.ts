import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { fixtureRecord } from "../../reports/fixture.ts";
import { JOB_SUMMARY_BYTES } from "../../reports/markdown.ts";
import { summarize } from "../../reports/summary.ts";
import { appendJobSummary } from "./job-summary.ts";

const record = fixtureRecord({ timeoutEvery: 50, gates: ["timeouts <= 1%"] });
const run = { record, summary: summarize(record) };
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rpcfleet-job-summary-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it("goes after what earlier steps said, with the sparkline of what failed", () => {
  const path = join(folder, "summary.md");
  expect(appendJobSummary(path, run)).toBeUndefined();
  expect(appendJobSummary(path, run)).toBeUndefined();
  const text = readFileSync(path, "utf8");
  expect(text.match(/^❌ \*\*FAIL\*\*/gm)).toHaveLength(2);
  expect(text.match(/`[▁-█]{20}`/gu)).toHaveLength(2);
});

it("stays within what a step may say, and says when nothing is left of it", () => {
  const path = join(folder, "summary.md");
  writeFileSync(path, "x".repeat(JOB_SUMMARY_BYTES - 9_000));
  expect(appendJobSummary(path, run)).toBeUndefined();
  expect(readFileSync(path).length).toBeLessThanOrEqual(JOB_SUMMARY_BYTES);
  expect(readFileSync(path, "utf8")).toContain("1,000 planned = ");
  writeFileSync(path, "x".repeat(JOB_SUMMARY_BYTES - 10));
  expect(appendJobSummary(path, run)).toBe(`no job summary: ${path} is full`);
});

it("a place that cannot be written is one line, not an end", () => {
  const path = join(folder, "missing", "summary.md");
  expect(appendJobSummary(path, run)).toBe(`no job summary: cannot write ${path}: ENOENT`);
  expect(appendJobSummary(folder, run)).toMatch(/^no job summary: cannot write .*: EISDIR$/);
  expect(appendJobSummary("", run)).toContain("GITHUB_STEP_SUMMARY names no file");
  expect(appendJobSummary(undefined, run)).toContain("GITHUB_STEP_SUMMARY names no file");
});
