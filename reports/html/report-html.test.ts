import { describe, expect, it } from "vitest";
import { MILLISECOND, SECOND } from "../../protocol/time.ts";
import { type FixtureOptions, fixtureRecord } from "../fixture.ts";
import { summarize } from "../summary.ts";
import { renderHtml } from "./report-html.ts";

function page(options: Partial<FixtureOptions> = {}): string {
  const record = fixtureRecord(options);
  return renderHtml(record, summarize(record));
}

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
    expect(headings(page({ ...stepped, timeoutEvery: 40 }))).toEqual([
      ...[
        "Load generator health",
        "Gates",
        "Calls",
        "Timeline",
        "Percentiles",
        "Percentile spectrum",
        "Steps",
        "Outcomes",
      ],
      ...[
        "Latency heatmap",
        "Slowest calls",
        "First calls without an answer",
        "Settings and the command to run again",
        "Method",
      ],
    ]);
  });

  it("refers to nothing outside itself", () => {
    const html = page(stepped);
    expect(html).not.toMatch(/<(link|img|iframe|object|embed|base)\b|@import|url\(|\b(src|href|xlink:href)=/i);
    expect(html).toContain("default-src 'none'");
  });

  it("is complete without scripts: only the copy button needs one", () => {
    const scripts = [...page().matchAll(/<script([^>]*)>/g)].map((match) => match[1]);
    expect(scripts).toEqual([' type="application/json" id="summary"', ""]);
    expect(page()).toContain('id="copy" hidden=""');
  });

  it("embeds the summary as data", () => {
    const record = fixtureRecord({ gates: ["p99(rtt) < 1s"], facts: { description: "</script><b>" } });
    const summary = summarize(record);
    const json = /id="summary">(.*?)<\/script>/.exec(renderHtml(record, summary))?.[1] ?? "";
    expect(JSON.parse(json)).toEqual(summary);
  });

  it("names and describes every chart", () => {
    const charts = page(stepped).split('<svg class="chart"').slice(1);
    expect(charts).toHaveLength(4);
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
    expect(html).not.toMatch(/NaN|Infinity|undefined/);
    expect(unbalanced(html)).toEqual([]);
  });

  it("stays below 400 KB for a run of 600 s with every kind of mark", () => {
    expect(page({ rates: [60], stepDuration: 600 * SECOND, timeoutEvery: 7, dropEvery: 11 }).length).toBeLessThan(
      400_000,
    );
  });

  it("greys figures that an invalid generator has spoilt", () => {
    expect(page({ sendLag: 30 * MILLISECOND })).toContain('<section class="void">');
    expect(page()).not.toContain('<section class="void">');
  });
});
