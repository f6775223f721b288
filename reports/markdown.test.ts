/** The Markdown as a page of GitHub takes it: its order, its size, and texts that must stay texts. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fixtureRecord } from "./fixture.ts";
import { failedGateCourses } from "./gate-course.ts";
import { COMMENT_BYTES, JOB_SUMMARY_BYTES, LEAST_MARKDOWN_BYTES, renderMarkdown } from "./markdown.ts";
import { summarize } from "./summary.ts";
import type { GateResult, Summary } from "./summary-schema.ts";

const FAILING = "timeouts <= 1%";
const record = fixtureRecord({
  timeoutEvery: 50,
  gates: [FAILING, "late_replies >= 1", "ok >= 90%", "p99.9(rtt) < 1s"],
});
const summary = summarize(record);
const courses = failedGateCourses(record, summary);
const whole = renderMarkdown(summary, { courses });

/** Cells of every table row of the gates: split where a page of GitHub splits, at a pipe without a backslash. */
function gateRows(markdown: string): string[][] {
  const lines = markdown.split("\n");
  const start = lines.findIndex((line) => line.startsWith("| verdict |"));
  const end = lines.findIndex((line, index) => index > start && line === "");
  return lines.slice(start + 2, end).map((line) => {
    expect(line).toMatch(/^\| .* \|$/);
    return line
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim());
  });
}

/** What is left out, as the notes say, by what it is. */
function leftOut(markdown: string): Record<string, number> {
  const notes = [...markdown.matchAll(/^… and ([\d,]+) more: (.*) that are left out here$/gm)];
  return Object.fromEntries(notes.map(([, count, what]) => [what, Number(count?.replaceAll(",", ""))]));
}

const gate = (text: string, verdict: GateResult["verdict"] = "fail"): GateResult => ({
  ...(summary.gates[0] as GateResult),
  text,
  verdict,
});
const withGates = (count: number): Summary => {
  const gates = Array.from({ length: count }, (_, index) =>
    gate(`timeouts <= ${index}%`, index % 2 === 0 ? "fail" : "pass"),
  );
  return { ...summary, gates, reasons: gates.map(({ text }) => `Gate "${text}" failed: it did.`) };
};

describe("the order", () => {
  it("is verdict, gates with the worst first, then health, counts and latency", () => {
    expect(whole.split("\n")[0]).toMatch(/^❌ \*\*FAIL\*\* — two-way-latency: Gate "timeouts/);
    expect(gateRows(whole).map(([verdict]) => verdict)).toEqual(["❌ fail", "❌ fail", "⚠️ invalid", "✅ pass"]);
    const places = ["**FAIL**", "| verdict |", "<details>", "**Health of", "**Calls:**", "| ms |"].map((part) =>
      whole.indexOf(part),
    );
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(Math.min(...places)).toBeGreaterThan(0);
  });

  it("twenty gates at most have a row and a block, and the rest is counted", () => {
    const many = renderMarkdown(withGates(50), { courses });
    expect(gateRows(many)).toHaveLength(20);
    expect(many.match(/<details>/g)).toHaveLength(20);
    expect(gateRows(many).every(([verdict]) => verdict === "❌ fail")).toBe(true);
    expect(leftOut(many)).toEqual({ gates: 30, reasons: 40 });
  });
});

describe("a failed gate", () => {
  const blocks = [...whole.matchAll(/<details><summary>(.*)<\/summary>\n\n([\s\S]*?)\n\n<\/details>/g)];

  it("has a collapsed block with what was seen, and a sparkline of twenty slots of the run", () => {
    expect(blocks.map(([, title]) => title)).toEqual([
      "❌ <code>timeouts &lt;= 1%</code>",
      "❌ <code>late_replies &gt;= 1</code>",
    ]);
    expect(blocks[0]?.[2]).toMatch(
      /^observed 2 %, wanted \\<= 1 %\n\n`[▁-█]{20}` 0 to 2 %; 20 slots of 500\.0 ms by planned start/u,
    );
  });

  it("has none when the record cannot tell, or is not there", () => {
    expect(blocks[1]?.[2]).not.toMatch(/[▁-█]/u);
    expect(renderMarkdown(summary)).not.toMatch(/[▁-█]/u);
  });
});

describe("the course of a gate", () => {
  const courseOf = (text: string, options: Parameters<typeof fixtureRecord>[0]): readonly (number | undefined)[] => {
    const run = fixtureRecord({ ...options, gates: [text] });
    return failedGateCourses(run, summarize(run)).get(text)?.values ?? [];
  };
  const slow = { rates: [100, 100], slowFromStep: 1 };

  it("shows where in the run it went wrong", () => {
    const values = courseOf("p90(rtt) < 53ms", slow) as number[];
    expect(values).toHaveLength(20);
    expect(Math.max(...values.slice(0, 10))).toBeLessThan(Math.min(...values.slice(10)));
  });

  it("adds up to what the gate saw", () => {
    const values = courseOf("timeouts == 0", { timeoutEvery: 7 }) as number[];
    expect(values.reduce((sum, value) => sum + value, 0)).toBe(142);
    const rates = courseOf("throughput >= 500/s", {}) as number[];
    expect(rates.reduce((sum, rate) => sum + rate / 2, 0)).toBe(990);
  });

  it("has gaps where a slot has too few calls for a percentile", () => {
    expect(courseOf("p50(rtt) < 1ms", { rates: [10, 200] }).map((value) => value === undefined)).toEqual([
      ...Array(10).fill(true),
      ...Array(10).fill(false),
    ]);
  });
});

describe("the size", () => {
  const huge = withGates(2_000);

  it.each([LEAST_MARKDOWN_BYTES, 10_000, 20_000, COMMENT_BYTES, JOB_SUMMARY_BYTES])("%i bytes are kept to", (limit) => {
    const long = { ...huge, gates: huge.gates.map((one) => ({ ...one, text: `${one.text} ${"é".repeat(250)}` })) };
    const text = renderMarkdown(long, { limitBytes: limit, courses });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(limit);
    expect(text).toContain("1,000 planned = 970 ok + 10 device_error + 20 timeout");
    const rows = gateRows(text);
    expect(rows.every((cells) => cells.length === 6)).toBe(true);
    expect(rows.length + (leftOut(text).gates ?? 0)).toBe(2_000);
    expect(text.match(/<details>/g)?.length ?? 0).toBe(text.match(/<\/details>/g)?.length ?? 0);
  });

  it("a report that fits is whole", () => {
    expect(leftOut(whole)).toEqual({});
    expect(renderMarkdown(summary, { courses, limitBytes: Buffer.byteLength(whole) + 4_000 })).toBe(whole);
  });

  it("the least is enough for the longest of every text", () => {
    const text = "@#1<|`&$\n".repeat(5_000);
    const longest = {
      ...huge,
      scenario: text,
      seed: text,
      target: text,
      command: text,
      reasons: [text],
      gates: [gate(text)],
      host: { ...summary.host, cpu: text },
    };
    const written = renderMarkdown(longest, { limitBytes: LEAST_MARKDOWN_BYTES });
    expect(Buffer.byteLength(written)).toBeLessThanOrEqual(LEAST_MARKDOWN_BYTES);
    expect(leftOut(written)).toMatchObject({ "the command": 1 });
  });
});

describe("texts of a scenario", () => {
  /** What a page would still interpret: the text without code, without escapes and without our own markup. */
  function active(markdown: string): string {
    return markdown
      .replace(/^<details><summary>❌ <code>[^<]*<\/code><\/summary>$|^<\/details>$/gm, "")
      .replace(/^(`{3,})sh\n[\s\S]*?\n\1$/gm, "")
      .replace(/(?<![\\`])(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g, "")
      .replace(/\\./g, "")
      .replaceAll("&#8203;", "\u200b")
      .replaceAll("&amp;", "and")
      .replace(/\*\*(Health of the load generator:|Calls:|Throughput:|Fleet:|Strays:|FAIL)\*\*/g, "");
  }

  it("call nobody, link nowhere and become no markup, whatever they are", () => {
    const piece = fc.constantFrom(
      "|",
      "<b>",
      "</details>",
      "`",
      "``",
      "@octocat",
      "#12",
      "*x*",
      "[a](http://b)",
      "\\",
      "\n",
      "a",
      " ",
      "$",
      "~~",
      "&lt;",
      "-->",
    );
    const ugly = fc.array(piece, { maxLength: 9 }).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(ugly, ugly, ugly, (scenario, text, reason) => {
        const named = {
          ...summary,
          scenario,
          reasons: [reason, reason],
          gates: [gate(text), { ...gate(text, "invalid"), reason }],
        };
        const markdown = renderMarkdown(named, { courses: new Map([[text, { slotUs: 5, unit: "us", values: [1] }]]) });
        expect(markdown.split("\n")[0]).toContain("**FAIL**");
        expect(gateRows(markdown).map((cells) => cells.length)).toEqual([6, 6]);
        expect(active(markdown)).not.toMatch(/@\w|#\d|[<`*[\]~$&]/);
      }),
      { seed: 5, numRuns: 500 },
    );
  });
});
