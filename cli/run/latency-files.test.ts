/** Files that latency forms name: what becomes of each kind, and what is said of one that cannot be read. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { SECOND } from "../../protocol/time.ts";
import { Histogram } from "../../reports/histogram.ts";
import { writeHlog } from "../../reports/hlog.ts";
import { parseLatency } from "../../simulator/behaviour/latency.ts";
import { inlineLatencyFiles } from "./latency-files.ts";

/** The form after reading, with `FILE` standing for a file of this content. */
function inlined(form: string, content: string, extension = "csv"): string {
  const folder = mkdtempSync(join(tmpdir(), "rpcfleet-latency-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, `data.${extension}`);
  writeFileSync(file, content);
  const result = inlineLatencyFiles(form.replace("FILE", file));
  return (typeof result === "string" ? result : result.message).replaceAll(file, "FILE");
}

const samples = (count: number): string => Array.from({ length: count }, (_, i) => `${i + 1}ms`).join("\n");

describe("a latency file", () => {
  it.each([
    [
      "of quantiles",
      "empirical(file=FILE)",
      "share,delay\n0%,1ms\n50%,40.5ms\n100%,2s\n",
      "quantiles(0%=1ms, 50%=40500us, 100%=2000ms)",
    ],
    ["of few samples", "empirical(file=FILE)", "30ms\n10ms\n20ms\n", "quantiles(0%=10ms, 34%=20ms, 35%=20ms"],
    [
      "of plain numbers",
      "empirical(file=FILE, unit=ms)",
      "ms\n1.5\n1.5\n",
      "quantiles(0%=1500us, 50%=1500us, 100%=1500us)",
    ],
    ["with columns", "empirical(file=FILE, column=b)", "a,b,c\n1s,2s,3s\n", "quantiles(0%=2000ms, 100%=2000ms)"],
    [
      "and a cap",
      "empirical(file=FILE, cap=1s, beyond=clamp)",
      "1s",
      "quantiles(0%=1000ms, 100%=1000ms, cap=1s, beyond=clamp)",
    ],
    [
      "of a course",
      "trace(file=FILE, time=s, unit=ms)",
      "t,ms\n5,12\n6,15\n8,11\n",
      "trace(0ms: 12ms, 1000ms: 15ms, 3000ms: 11ms, loop=4500ms)",
    ],
    [
      "of a course with its loop",
      "trace(file=FILE, loop=9s, block=2s)",
      "0s,12ms\n1s,15ms\n",
      "trace(0ms: 12ms, 1000ms: 15ms, loop=9s, block=2s)",
    ],
  ])("%s", (_, form, content, expected) => {
    const result = inlined(form, content);
    expect(result.startsWith(expected.replace(/\)$/, "")) || result === expected, result).toBe(true);
    expect(parseLatency(result)).toHaveProperty("text", result);
  });

  it("of a thousand samples keeps the percentiles that it can tell apart", () => {
    const result = inlined("empirical(file=FILE)", samples(1_000));
    for (const point of ["0%=1ms", "0.1%=1ms", "50%=500ms", "99%=990ms", "99.9%=999ms", "100%=1000ms"])
      expect(result).toContain(point);
    expect(result).not.toContain("99.95%");
  });

  it("in HdrHistogram's log is taken by its tag, all of its lines together", () => {
    const of = (...values: number[]): Histogram => {
      const histogram = new Histogram(5 * SECOND);
      for (const value of values) histogram.record(value);
      return histogram;
    };
    const log = writeHlog("2026-01-02T03:04:05.000Z", [
      { tag: "response-time", start: 0, end: SECOND, histogram: of(1_000, 1_000) },
      { tag: "response-time", start: SECOND, end: 2 * SECOND, histogram: of(2_000, 2_000) },
      { tag: "service-time", start: 0, end: SECOND, histogram: of(7) },
    ]);
    const result = inlined("empirical(file=FILE, tag=response-time)", log, "hlog");
    expect(result).toMatch(/^quantiles\(0%=1ms, .*50%=1ms, 51%=2ms, .*100%=2ms\)$/);
    expect(inlined("empirical(file=FILE)", log, "hlog")).toContain(
      'needs tag=, one of "response-time", "service-time"',
    );
  });

  it.each([
    [
      "empirical(file=FILE)",
      "12\n13\n",
      'row 1: expected a duration such as 12ms, got "12" without its unit (say which: unit=ms)',
    ],
    ["empirical(file=FILE)", "ms\n12ms\nfast\n", 'row 3: expected a duration such as 12ms, got "fast"'],
    ["empirical(file=FILE, column=x)", "a,b\n1ms,2ms\n", 'has no column "x" (it has a, b)'],
    ["empirical(file=FILE)", "\n# nothing\n", "holds no values"],
    ["empirical(file=FILE.gone)", "", "cannot read FILE.gone (ENOENT)"],
    ["trace(file=FILE)", "1,2ms\n", 'got "1" without its unit (say which: time=ms)'],
    ["trace(file=FILE)", "1s,2ms\n1s,3ms\n", "row 2: its time is not after the one before"],
    [
      "trace(file=FILE)",
      Array.from({ length: 10_001 }, (_, i) => `${i}s,1ms`).join("\n"),
      "has 10001 entries; a plan carries at most 10000",
    ],
  ])("%s says what is wrong: %#", (form, content, message) => {
    expect(inlined(form, content)).toContain(message);
  });
});
