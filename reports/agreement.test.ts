/** The same numbers in all reports: read back from each format and compared with the Summary. */
import { describe, expect, it } from "vitest";
import { OUTCOME_CODE, type Outcome } from "../protocol/outcome.ts";
import { type FixtureRun, fixtureRecord, fixtureRun, recordOf } from "./fixture.ts";
import { COLUMNS, formatAllMs, formatCount, formatMs, formatQuantity, sumLine } from "./format.ts";
import { renderHtml } from "./html/report-html.ts";
import { renderJunit } from "./junit.ts";
import { renderMarkdown } from "./markdown.ts";
import { renderOpenMetrics } from "./open-metrics.ts";
import { otlpDocument } from "./otlp.ts";
import {
  plainText,
  type Reading,
  readHtml,
  readJson,
  readJunit,
  readMarkdown,
  readOpenMetricsText,
  readOtlpText,
  readText,
} from "./read-formats.ts";
import type { RunRecord } from "./run-record.ts";
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

/** The record with every Call from the `from`-th on ended in another way, at `after` its planned start; NaN: never sent. */
function endedFrom(
  given: FixtureRun,
  from: number,
  { outcome, after }: { outcome: Outcome; after: number },
): RunRecord {
  const { calls, ledger } = given;
  for (let call = from; call < calls.length; call += 1) {
    calls.outcome[call] = OUTCOME_CODE[outcome];
    if (Number.isNaN(after)) calls.sentUs[call] = Number.NaN;
    calls.settledUs[call] = (calls.intendedUs[call] as number) + after;
  }
  for (let row = 0; row < ledger.length; row += 1)
    if ((ledger.call[row] as number) >= from) ledger.repliedUs[row] = ledger.programmedUs[row] = Number.NaN;
  return recordOf(given);
}

/** Ctrl-C after six of ten seconds: what was planned for later was never sent. */
const interrupted = endedFrom(fixtureRun({ timeoutEvery: 50, gates: GATES, totals: { interrupted: true } }), 600, {
  outcome: "cancelled",
  after: Number.NaN,
});
/** The server died after three seconds: connections are refused, and nobody counted strays. */
const serverDied = endedFrom(
  fixtureRun({ timeoutEvery: 50, gates: GATES, totals: { fleet, strays: undefined } }),
  300,
  { outcome: "transport_error", after: 700 },
);

const SERIES: [string, (of: Summary) => Summary["responseTimeUs"]][] = [
  ["response time", (of) => of.responseTimeUs],
  ["service time", (of) => of.serviceTimeUs],
  ["send lag", (of) => of.sendLagUs],
  ["overhead", (of) => of.overheadUs],
  ["device time", (of) => of.deviceTimeUs],
  ["reply lag", (of) => of.replyLagUs],
];

/** Formats for people put the deadline in place of a percentile that lies beyond it; those for machines have the figure. */
const FORMATS: [string, "people" | "machines", (of: RunRecord, judged: Summary) => Reading][] = [
  ["text", "people", (_, judged) => readText(renderText(judged, { colours: false, report: undefined }))],
  ["markdown", "people", (_, judged) => readMarkdown(renderMarkdown(judged))],
  ["junit", "people", (_, judged) => readJunit(renderJunit(judged))],
  ["html", "people", (of, judged) => readHtml(renderHtml(of, judged))],
  ["json", "machines", (_, judged) => readJson(JSON.stringify(judged))],
  ["open-metrics", "machines", (of, judged) => readOpenMetricsText(renderOpenMetrics(of, judged))],
  ["otlp", "machines", (of, judged) => readOtlpText(JSON.stringify(otlpDocument(of, judged)))],
];

const RUNS: [string, RunRecord, string][] = [
  ["a run", record, "fail"],
  ["an interrupted run", interrupted, "invalid"],
  ["a run whose server died", serverDied, "fail"],
  ["a run that dropped calls", fixtureRecord({ dropEvery: 90, gates: GATES }), "invalid"],
];

describe.each(RUNS)("%s", (_, of, verdict) => {
  const judged = summarize(of);
  it("is judged as it ended", () => {
    expect(judged.verdict).toBe(verdict);
    expect(judged.accounting).toEqual({ balanced: true, sum: 1_000 });
  });

  describe.each(FORMATS)("as %s", (_format, readers, read) => {
    const reading = read(of, judged);

    it.each(SERIES)("has the %s", (label, seriesOf) => {
      const one = seriesOf(judged);
      expect(reading.row(label)).toEqual([formatCount(one.n), ...COLUMNS.map(([key]) => formatMs(one[key]))]);
    });

    it("has the response time with timeouts", () => {
      const one = judged.responseTimeAllUs;
      const cell = (key: (typeof COLUMNS)[number][0]): string =>
        readers === "people" ? formatAllMs(judged, key) : formatMs(one[key]);
      expect(reading.row("… with timeouts")).toEqual([formatCount(one.n), ...COLUMNS.map(([key]) => cell(key))]);
    });

    it("has the counts, as a sum that adds up", () => {
      expect(reading.counts).toBe(sumLine(judged));
      const [planned, ...parts] = [...reading.counts.matchAll(/[\d,]+/g)].map(([digits]) =>
        Number(digits.replaceAll(",", "")),
      );
      expect(parts.reduce((sum, part) => sum + part, 0)).toBe(planned);
      expect(planned).toBe(1_000);
    });

    it("has each gate, what it observed, and the verdict of the run", () => {
      expect(judged.gates).toHaveLength(GATES.length);
      for (const { text, verdict: expected, observedText } of judged.gates)
        expect([text, reading.gate(text)]).toEqual([text, { verdict: expected, observed: observedText }]);
      expect(reading.verdict).toBe(judged.verdict);
    });

    it("has the health of the load generator, check by check", () => {
      expect(reading.health).toBe(judged.health.verdict);
      for (const { name, value, unit } of judged.health.rows)
        expect([name, reading.check(name)]).toEqual([name, formatQuantity(value, unit)]);
    });
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
    // The summary, the data of the timeline, and the two scripts of the page.
    expect(page.match(/<script/g)).toHaveLength(4);
  });

  it("counts tests, failures and errors in JUnit, and the window as time", () => {
    expect(renderJunit(summary)).toContain(
      '<testsuite name="two-way-latency" tests="7" failures="1" errors="1" skipped="0" time="10.000"',
    );
  });
});

const TEXTS: [string, string][] = [
  ["text", renderText(summary, { colours: false, report: undefined })],
  ["markdown", renderMarkdown(summary)],
  ["junit", renderJunit(summary)],
  ["html", plainText(html)],
];

it.each(TEXTS)("%s says how the connections went", (_, text) => {
  const { connectMs } = summary.fleet;
  expect(text).toContain(
    `50 of 50 devices connected in ${connectMs} ms, 7 connections lost, 1,234 connections made again, 11 attempts to connect that came to nothing, 3 devices away at the end`,
  );
});

it.each(TEXTS.filter(([format]) => format !== "junit"))("%s says what happened during the run", (_, text) => {
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
