/** The page in Chromium: accessible, complete with scripts blocked, and its timeline usable by keyboard. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { MILLISECOND, SECOND } from "../../protocol/time.ts";
import { fixtureRecord } from "../fixture.ts";
import type { HistoryRun } from "../history.ts";
import { summarize } from "../summary.ts";
import { findChromium, visit } from "./chromium.ts";
import { renderHtml } from "./report-html.ts";

const browser = findChromium();
const { CI } = process.env;
if (browser === undefined && (CI === "true" || CI === "1")) throw new Error("these tests need chromium");
const require = createRequire(import.meta.url);
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const PATIENCE_MS = 150_000;

const record = fixtureRecord({
  rates: [60, 120, 240],
  stepDuration: 20 * SECOND,
  timeoutEvery: 40,
  server: true,
  gates: ["p99(rtt) < 250ms", "timeouts <= 1%"],
  knee: { minOkShare: 0.9, maxP99: 200 * MILLISECOND },
  totals: { events: [{ at: 7 * SECOND, label: "server stalled" }] },
});
const earlier: HistoryRun = {
  folder: "earlier",
  startedAt: "2026-01-01T00:00:00.000Z",
  verdict: "fail",
  gates: [{ text: "p99(rtt) < 250ms", unit: "us", observed: 300_000, limit: 250_000, verdict: "fail" }],
};
const files = [{ name: "run.json", bytes: 10, sha256: "0".repeat(64) }];
const html = renderHtml(record, summarize(record), { surroundings: { history: [earlier], files } });
const voided = fixtureRecord({ sendLag: 30 * MILLISECOND });
/** As a viewer shows it that runs no script. */
const blocked = html.replace(/<script>.*?<\/script>/gs, "");

const AXE = `async()=>{${axe};
  const { violations, passes } = await axe.run(document, { resultTypes: ["violations", "passes"] });
  const grave = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  return {
    dark: matchMedia("(prefers-color-scheme: dark)").matches,
    rules: passes.length,
    troubles,
    grave: grave.map(({ id, nodes }) => [id, nodes.slice(0, 3).map(({ html, failureSummary }) => html.slice(0, 200) + " " + failureSummary)]),
  };
}`;

describe.runIf(browser !== undefined)("report.html in Chromium", () => {
  const pages = {
    "with its scripts": html,
    "with scripts blocked": blocked,
    "of an invalid run": renderHtml(voided, summarize(voided)),
  };
  const cases = Object.entries(pages).flatMap(([name, page]) =>
    (["light", "dark"] as const).map((scheme) => ({ name, page, scheme })),
  );
  it.each(cases)("has no serious fault for axe $name, $scheme", { timeout: PATIENCE_MS }, async ({ page, scheme }) => {
    const found = await visit(browser as string, { html: page, scheme, width: 1200, script: AXE });
    expect(found).toEqual({ dark: scheme === "dark", rules: expect.any(Number), troubles: [], grave: [] });
    expect((found as { rules: number }).rules).toBeGreaterThan(20);
  });

  it("shows every figure with scripts blocked, and the page itself never scrolls sideways", {
    timeout: PATIENCE_MS,
  }, async () => {
    const script = `async()=>({
      figures: [...document.querySelectorAll("svg.chart")].filter((svg) => svg.getBoundingClientRect().height > 60).map((svg) => svg.querySelector("title").textContent),
      isNarrow: document.documentElement.scrollWidth <= innerWidth,
    })`;
    const found = await visit(browser as string, { html: blocked, scheme: "light", width: 500, script });
    expect(found).toEqual({
      figures: [
        "Rate by outcome, response time and calls in flight over the run",
        "Latency heatmap",
        "Percentile spectrum",
        "Achieved rate and p99 by offered rate",
        "Where the time of a call goes",
        "slowest answer by device",
        "Timeouts by device",
        "Replies by their distance to the deadline",
        "History of p99(rtt) < 250ms",
      ],
      isNarrow: true,
    });
  });

  it("has one cursor over three panes that arrow keys move, and a view that keys zoom", {
    timeout: PATIENCE_MS,
  }, async () => {
    const script = `async()=>{
      const live = document.querySelector(".live");
      const press = (key) => { live.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })); return new Promise((done) => setTimeout(done, 50)); };
      const time = () => document.querySelector(".readout").textContent.split(" · ")[0];
      const cursors = () => [...document.querySelectorAll(".u-cursor-x")].map((line) => line.style.transform);
      const shown = [...document.querySelectorAll("#timeline-figure > *")].filter((part) => part.getBoundingClientRect().height > 0).map((part) => part.className);
      const seen = [];
      for (const key of ["Home", "ArrowRight", "End", "+", "Home", "Escape", "Home"]) { await press(key); seen.push([key, time()]); }
      return { shown, seen, cursors: new Set(cursors()).size, panes: document.querySelectorAll(".live canvas").length, readout: document.querySelector(".readout").textContent, copies: document.querySelectorAll("button.copy").length > 50, troubles };
    }`;
    const found = await visit(browser as string, { html, scheme: "light", width: 1200, script });
    expect(found).toEqual({
      shown: ["live", "readout"],
      seen: [
        ["Home", "0 s"],
        ["ArrowRight", "1 s"],
        ["End", "64 s"],
        ["+", "64 s"],
        ["Home", "33 s"],
        ["Escape", "33 s"],
        ["Home", "0 s"],
      ],
      cursors: 1,
      panes: 3,
      readout: expect.stringMatching(
        /^0 s · planned 60\/s · sent 60\/s · ok \d+\/s · p50 [\d.]+ ms · p90 .* · in flight \d+ · send lag [\d.]+ ms$/,
      ),
      copies: true,
      troubles: [],
    });
  });
});
