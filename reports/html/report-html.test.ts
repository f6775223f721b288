import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { MILLISECOND, SECOND } from "../../protocol/time.ts";
import { type FixtureOptions, fixtureRecord } from "../fixture.ts";
import type { HistoryRun } from "../history.ts";
import { summarize } from "../summary.ts";
import { renderHtml } from "./report-html.ts";

function page(options: Partial<FixtureOptions> = {}): string {
  const record = fixtureRecord(options);
  return renderHtml(record, summarize(record));
}

/** The page as it is where scripts are blocked: markup and data, no code. */
const withoutCode = (html: string): string =>
  html.replace(/<script>.*?<\/script>/gs, "").replace(/<style>.*?<\/style>/gs, "");

const headings = (html: string): string[] => [...html.matchAll(/<h2>([^<]*)/g)].map((match) => match[1] ?? "");
const stepped = { rates: [100, 200, 400], slowFromStep: 2, knee: { minOkShare: 0.9, maxP99: 200 * MILLISECOND } };

/** Elements that are opened and never closed, or closed and never opened. */
function unbalanced(html: string): string[] {
  const open: string[] = [];
  const bare = html.replace(/<(style|script)[^>]*>.*?<\/\1>/gs, "").replace(/<!doctype[^>]*>/, "");
  for (const [, slash, name, rest] of bare.matchAll(/<(\/?)([a-z][\w-]*)([^>]*)>/gi)) {
    if (name === "meta" || rest?.endsWith("/")) continue;
    if (slash === "") open.push(name ?? "");
    else if (open.pop() !== name) return [`</${name}>`];
  }
  return open;
}

describe("report.html", () => {
  it("has its blocks in the fixed order", () => {
    expect(headings(page({ ...stepped, timeoutEvery: 40, dropEvery: 990, server: true }))).toEqual([
      "Load generator health",
      "Gates",
      "Calls",
      "Percentiles",
      "Timeline",
      "Latency heatmap",
      "Percentile spectrum",
      "Steps",
      "Stages",
      "Outcomes",
      "Slowest calls",
      "Timeouts",
      "First calls without an answer for another reason",
      "Devices",
      "Round the deadline",
      "Settings",
      "Method",
    ]);
  });

  it("refers to nothing outside itself but the reports of the runs beside it", () => {
    const record = fixtureRecord(stepped);
    const earlier: HistoryRun = { folder: "a b", startedAt: "2026-01-01T00:00:00.000Z", verdict: "pass", gates: [] };
    const html = renderHtml(record, summarize(record), { surroundings: { history: [earlier], files: [] } });
    expect(withoutCode(html)).not.toMatch(/<(link|img|iframe|object|embed|base)\b|\b(src|xlink:href)=/i);
    expect(html.match(/<style>.*?<\/style>/s)?.[0]).not.toMatch(/@import|url\((?!#)/);
    expect([...html.matchAll(/\bhref="([^"]*)"/g)].map(([, link]) => link)).toEqual(["../a%20b/report.html"]);
  });

  it("allows no script but its own two, by their hashes", () => {
    const html = page();
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1];
    const hashes = [...html.matchAll(/<script>(.*?)<\/script>/gs)].map(
      ([, code]) =>
        `'sha256-${createHash("sha256")
          .update(code ?? "")
          .digest("base64")}'`,
    );
    expect(hashes).toHaveLength(2);
    expect(policy).toBe(`default-src 'none'; style-src 'unsafe-inline'; script-src ${hashes.join(" ")}`);
  });

  it("embeds the summary as data", () => {
    const record = fixtureRecord({ gates: ["p99(rtt) < 1s"], facts: { description: "</script><b>" } });
    const summary = summarize(record);
    const json = /id="summary">(.*?)<\/script>/.exec(renderHtml(record, summary))?.[1] ?? "";
    expect(JSON.parse(json)).toEqual(summary);
  });

  it("names and describes every chart", () => {
    const charts = page(stepped).split('<svg class="chart"').slice(1);
    expect(charts).toHaveLength(7);
    for (const chart of charts)
      expect(chart).toMatch(/role="img".*<title id="[\w-]+">[^<]+<\/title><desc id="[\w-]+">[^<]+<\/desc>/);
  });

  it("draws events, the deadline and the knee", () => {
    const html = page({ ...stepped, totals: { events: [{ at: SECOND, label: "server stalled" }] } });
    for (const mark of ["server stalled", "deadline 5000 ms", ">knee<", 'class="breaks"', 'class="holds"'])
      expect(html).toContain(mark);
  });

  it("labels events only where there is room, each once, and lists all of them", () => {
    const labels = ["a storm begins", "a storm ends", "an outage begins", "an outage ends", "x".repeat(60)];
    const events = [0, 1, 2].flatMap((second) =>
      labels.map((label, index) => ({ at: second * SECOND + index, label })),
    );
    const html = page({ totals: { events } });
    const shown = [...html.matchAll(/class="eventlabel"[^>]*>([^<]+)</g)].map(([, label]) => label);
    expect(new Set(shown).size).toBe(shown.length);
    expect(shown.length).toBeGreaterThan(2);
    expect(html.match(/class="event"/g)).toHaveLength(events.length);
    expect(html).toContain("15 events");
    expect(html).toContain("<li>2.000 s  a storm begins</li>");
    expect(unbalanced(html)).toEqual([]);
  });

  it.each<[string, Partial<FixtureOptions>, string]>([
    ["no calls", { rates: [] }, "nothing to draw"],
    ["no answers", { timeoutEvery: 1 }, "No call was answered."],
    ["one call", { rates: [1], stepDuration: SECOND }, "too few samples for a curve"],
    ["a broken knee", { ...stepped, slowFromStep: 0 }, "No step holds"],
    ["a plain run", {}, "PASS"],
  ])("is whole with %s", (_, options, text) => {
    const html = page(options);
    expect(html).toContain(text);
    expect(/NaN|Infinity|undefined/.exec(withoutCode(html))?.[0]).toBeUndefined();
    expect(unbalanced(html)).toEqual([]);
  });

  it("greys figures that an invalid generator has spoilt", () => {
    expect(page({ sendLag: 30 * MILLISECOND })).toContain('<section id="calls" class="void">');
    expect(page()).not.toContain('<section id="calls" class="void">');
  });

  it("gives every call that is worth a look the command that brings its device back", () => {
    const html = page({ timeoutEvery: 100 });
    expect(html).toContain("<code>rpcfleet fleet two-way-latency --seed 42 --only-device 49</code>");
    expect(page({ timeoutEvery: 100, facts: { command: "k6 run mine.ts" } })).not.toContain("--only-device");
  });

  it("has the ten slowest calls at once, all timeouts up to 500, and says how many more there were", () => {
    const html = page({ rates: [600], timeoutEvery: 10 });
    expect(html).toContain("<h2>Timeouts (the first 500 of 600)");
    expect(html).toContain("<summary>490 more timeouts</summary>");
    expect(html).toContain("<summary>40 more slow calls</summary>");
  });

  it("shades the warm-up and what comes after the plan, which an interrupted run has not", () => {
    const shaded = (html: string): string[] =>
      [...html.matchAll(/class="shade".*?<text [^>]*>([^<]*)</g)].map(([, word]) => word ?? "");
    const options = { rates: [100], stepDuration: 20 * SECOND, timeoutEvery: 40 };
    expect(shaded(page(options))).toEqual(["warm-up", "drain"]);
    expect(shaded(page({ ...options, totals: { interrupted: true } }))).toEqual(["warm-up"]);
    expect(shaded(page({ ...options, rates: [100, 100] }))).toEqual(["drain"]);
  });

  it("shows the course of the generator's threads, and a tick where garbage stopped one of them", () => {
    const zeros = Array<number>(10).fill(0);
    const gcMaxUs = zeros.with(4, 12 * MILLISECOND);
    const thread = { name: "caller", busyMean: zeros, busyMax: zeros, gcPauses: zeros, gcSumUs: gcMaxUs, gcMaxUs };
    const machine = { stealShare: zeros, busyShare: zeros, throttledUs: undefined, processCores: zeros };
    const html = page({ totals: { vitals: { slotS: 1, threads: [thread], machine } } });
    expect(/class="rug" d="(M[^"]*)"/.exec(html)?.[1]?.match(/M/g)).toHaveLength(1);
    expect(html.match(/<svg class="spark"/g)).toHaveLength(6);
    expect(page().match(/<svg class="spark"/g)).toHaveLength(3);
  });

  it("names files with what proves that they are the same", () => {
    const record = fixtureRecord();
    const files = [{ name: "journal.arrow", bytes: 12_345, sha256: "0".repeat(64) }];
    const html = renderHtml(record, summarize(record), { surroundings: { history: [], files } });
    expect(html).toContain(`journal.arrow</th><td class="num">12,345</td><td><code>${"0".repeat(64)}</code>`);
  });
});
