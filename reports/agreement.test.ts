/** The same numbers in all reports: read back from each format and compared with the JSON. */
import { describe, expect, it } from "vitest";
import { fixtureRecord } from "./fixture.ts";
import { COLUMNS, formatAllMs, formatCount, formatMs, sumLine } from "./format.ts";
import { renderHtml } from "./html/report-html.ts";
import { renderJunit } from "./junit.ts";
import { renderMarkdown } from "./markdown.ts";
import { summarize } from "./summary.ts";
import type { Summary } from "./summary-schema.ts";
import { renderText } from "./text.ts";

const GATES = ["p99(rtt) < 250ms", "p99.9(rtt) < 1s", "timeouts <= 1%", "throughput >= 0.9 * planned"];
const EVENTS = [
  { at: 2_000_000, label: "outage begins" },
  { at: 4_500_000, label: "outage ends" },
];
const plain = fixtureRecord();
const fleet = { ...plain.totals.fleet, lostConnections: 7, reconnects: 1_234, refusedConnections: 11, awayAtEnd: 3 };
const record = fixtureRecord({ timeoutEvery: 50, gates: GATES, totals: { fleet, events: EVENTS } });
const summary = summarize(record);
const html = renderHtml(record, summary);

const plainText = (markup: string): string =>
  markup
    .replace(/<[^>]+>/g, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");

/** What a format says of itself: a percentile row as n and cells, the counts, and the verdict of each gate. */
interface Reading {
  readonly row: (label: string) => string[];
  readonly counts: string;
  readonly gate: (text: string) => string;
  readonly verdict: string;
}

function readText(): Reading {
  const lines = renderText(summary, { colours: false, report: undefined }).split("\n");
  const find = (start: string) => lines.find((line) => line.trim().startsWith(start)) ?? "";
  return {
    row: (label) => find(`${label}  `).trim().slice(label.length).trim().split(/ {2,}/),
    counts: find("calls").replace("calls", "").trim(),
    gate: (text) =>
      lines
        .find((line) => line.includes(` ${text} `))
        ?.trim()
        .split(" ")[0]
        ?.toLowerCase() ?? "",
    verdict: (lines[0] ?? "").split(" ")[0]?.toLowerCase() ?? "",
  };
}

function readMarkdown(): Reading {
  const lines = renderMarkdown(summary).split("\n");
  const cells = (line: string | undefined): string[] =>
    (line ?? "")
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim());
  return {
    row: (label) => cells(lines.find((line) => line.startsWith(`| ${label} |`))).slice(1),
    counts: lines.find((line) => line.startsWith("**Calls:**"))?.slice("**Calls:** ".length) ?? "",
    gate: (text) => cells(lines.find((line) => line.includes(`\`${text}\``)))[0]?.split(" ")[1] ?? "",
    verdict: /\*\*(\w+)\*\*/.exec(lines[0] ?? "")?.[1]?.toLowerCase() ?? "",
  };
}

function readJunit(): Reading {
  const xml = renderJunit(summary);
  const property = (name: string): string =>
    plainText(xml.split(`<property name="${name}" value="`)[1]?.split('"/>')[0] ?? "");
  return {
    row: (label) =>
      property(`${label} (ms)`)
        .split(" | ")
        .map((cell, index) => (index === 0 ? formatCount(Number(cell)) : cell)),
    counts: property("counts"),
    gate: (text) => {
      const testcase = xml.split("<testcase ").find((one) => plainText(one).includes(`name="${text}"`)) ?? "";
      return testcase.includes("<failure") ? "fail" : testcase.includes("<error") ? "invalid" : "pass";
    },
    verdict: property("verdict"),
  };
}

function readHtml(): Reading {
  const rows = html
    .split("<tr>")
    .concat(html.split('<tr class="head">'))
    .map((row) => row.split("</tr>")[0] ?? "");
  const cells = (row: string | undefined): string[] =>
    [...(row ?? "").matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/g)].map((match) => plainText(match[1] ?? ""));
  return {
    row: (label) => cells(rows.find((row) => cells(row)[0] === label)).slice(1),
    counts: plainText(/<p class="sum">(.*?)<\/p>/.exec(html)?.[1] ?? ""),
    gate: (text) => cells(rows.find((row) => cells(row)[0] === text))[4] ?? "",
    verdict: /<div class="word" role="status">(\w+)/.exec(html)?.[1]?.toLowerCase() ?? "",
  };
}

const SERIES: [string, Summary["responseTimeUs"]][] = [
  ["response time", summary.responseTimeUs],
  ["service time", summary.serviceTimeUs],
  ["send lag", summary.sendLagUs],
  ["overhead", summary.overheadUs],
  ["device time", summary.deviceTimeUs],
  ["reply lag", summary.replyLagUs],
];

describe.each([
  ["text", readText()],
  ["markdown", readMarkdown()],
  ["junit", readJunit()],
  ["html", readHtml()],
])("%s says what the summary says", (_, reading) => {
  it.each(SERIES)("of the %s", (label, distribution) => {
    expect(reading.row(label)).toEqual([
      formatCount(distribution.n),
      ...COLUMNS.map(([key]) => formatMs(distribution[key])),
    ]);
  });

  it("of the response time with timeouts, with the deadline in place of what lies beyond it", () => {
    const cells = COLUMNS.map(([key]) => formatAllMs(summary, key));
    expect(reading.row("… with timeouts")).toEqual([formatCount(summary.responseTimeAllUs.n), ...cells]);
    expect(cells).toContain("≥ 5,000");
  });

  it("of the counts, as a sum that adds up", () => {
    expect(reading.counts).toBe(sumLine(summary));
    const [planned, ...parts] = [...reading.counts.matchAll(/[\d,]+/g)].map(([digits]) =>
      Number(digits.replaceAll(",", "")),
    );
    expect(parts.reduce((sum, part) => sum + part, 0)).toBe(planned);
    expect(planned).toBe(summary.counts.planned);
  });

  it("of each gate and of the run", () => {
    expect(GATES.map(reading.gate)).toEqual(["pass", "invalid", "fail", "pass"]);
    expect(GATES.map(reading.gate)).toEqual(summary.gates.map(({ verdict }) => verdict));
    expect(reading.verdict).toBe("fail");
  });
});

describe("what is written around the numbers", () => {
  it("puts the verdict into line 1 and the command at the end", () => {
    const text = renderText(summary, { colours: false, report: "runs/x/report.html" });
    expect(text).toMatch(/^FAIL {2}two-way-latency/);
    expect(text.trimEnd().split("\n").slice(-2)).toEqual(["report  runs/x/report.html", `again   ${summary.command}`]);
    expect(text.split("\n").length).toBeLessThanOrEqual(45);
    expect(renderMarkdown(summary)).toMatch(/^❌ \*\*FAIL\*\*/);
  });

  it("colours only when asked to", () => {
    expect(renderText(summary, { colours: false, report: undefined })).not.toContain("\u001b");
    expect(renderText(summary, { colours: true, report: undefined })).toContain("\u001b[1;31mFAIL\u001b[0m");
  });

  it("keeps hostile text from becoming markup", () => {
    const hostile = fixtureRecord({ facts: { scenario: '<b>&"|`' }, gates: ["<script>x</script> | == 0"] });
    const judged = summarize(hostile);
    expect(renderJunit(judged)).toContain('name="&lt;b&gt;&amp;&quot;|`"');
    expect(renderMarkdown(judged)).toContain('\\<b\\>&amp;"\\|\\`');
    const page = renderHtml(hostile, judged);
    expect(page).not.toContain("<b>&");
    expect(page.match(/<script/g)).toHaveLength(2);
  });

  it("counts tests, failures and errors in JUnit, and the window as time", () => {
    expect(renderJunit(summary)).toContain(
      '<testsuite name="two-way-latency" tests="7" failures="1" errors="1" skipped="0" time="10.000"',
    );
  });
});

const FORMATS: [string, string][] = [
  ["text", renderText(summary, { colours: false, report: undefined })],
  ["markdown", renderMarkdown(summary)],
  ["junit", renderJunit(summary)],
  ["html", plainText(html)],
];

it.each(FORMATS)("%s says how the connections went", (_, text) => {
  const { connectMs } = summary.fleet;
  expect(text).toContain(
    `50 of 50 devices connected in ${connectMs} ms, 7 connections lost, 1,234 connections made again, 11 attempts to connect that came to nothing, 3 devices away at the end`,
  );
});

it.each(FORMATS.filter(([format]) => format !== "junit"))("%s says what happened during the run", (_, text) => {
  for (const { label } of EVENTS) expect(text).toContain(label);
});

it("what did not happen is not said, and many events are counted", () => {
  const events = Array.from({ length: 12 }, (_, index) => ({ at: index * 1_000_000, label: `event ${index}` }));
  const text = renderText(summarize(fixtureRecord({ totals: { events } })), { colours: false, report: undefined });
  expect(text).toMatch(/^fleet .* devices connected in 412 ms$/m);
  expect(text).toContain("event 7");
  expect(text).not.toContain("event 8");
  expect(text).toContain("and 4 more");
});
