import { describe, expect, it } from "vitest";
import { CLIENT_OUTCOME_CODE, type ClientOutcome, createClientCallColumns } from "../protocol/client-call-records.ts";
import { MILLISECOND, SECOND } from "../protocol/time.ts";
import { summarizeClientCalls } from "./client-calls.ts";
import { fixtureRecord } from "./fixture.ts";
import { renderHtml } from "./html/report-html.ts";
import { renderMarkdown } from "./markdown.ts";
import { decodeRunFile, encodeRunFile } from "./run-file.ts";
import { summarize } from "./summary.ts";
import { summarySchema } from "./summary-schema.ts";
import { renderText } from "./text.ts";

const TIMEOUT = 10 * SECOND;

/** Calls 10 ms apart, each sent 1 ms late and answered after another 2 ms. */
function columnsOf(outcomes: readonly ClientOutcome[]) {
  const columns = createClientCallColumns(Float64Array.from(outcomes, (_, row) => row * 10 * MILLISECOND));
  for (const [row, outcome] of outcomes.entries()) {
    columns.outcome[row] = CLIENT_OUTCOME_CODE[outcome];
    if (outcome === "dropped") continue;
    columns.sentUs[row] = (columns.intendedUs[row] as number) + MILLISECOND;
    columns.settledUs[row] = (columns.sentUs[row] as number) + 2 * MILLISECOND;
  }
  return columns;
}

const MIXED = columnsOf([...Array<ClientOutcome>(8).fill("ok"), "error", "timeout", "timeout", "lost", "dropped"]);

describe("figures of the devices' own calls", () => {
  it("count every planned call once, and time the answered ones", () => {
    const calls = summarizeClientCalls(MIXED, TIMEOUT);
    expect(calls.planned).toBe(13);
    expect(calls.counts).toEqual({ ok: 8, error: 1, timeout: 2, lost: 1, dropped: 1 });
    expect(calls.responseTimeUs).toMatchObject({ n: 9, min: 3_000, p50: 3_000, p99: null, max: 3_000, mean: 3_000 });
    expect(calls.serviceTimeUs).toMatchObject({ n: 9, min: 2_000, mean: 2_000 });
    expect(calls.sendLagUs).toMatchObject({ n: 12, min: 1_000, max: 1_000 });
  });

  it("leave rows beyond the length out, and refuse an ending that is none", () => {
    const columns = columnsOf(["ok", "ok", "ok"]);
    columns.length = 2;
    expect(summarizeClientCalls(columns, TIMEOUT)).toMatchObject({ planned: 2, counts: { ok: 2 } });
    columns.outcome[1] = 0xff;
    expect(() => summarizeClientCalls(columns, TIMEOUT)).toThrow("unknown code 255");
  });

  it("of a plan without a call are all nothing", () => {
    const calls = summarizeClientCalls(columnsOf([]), TIMEOUT);
    expect(calls).toMatchObject({ planned: 0, responseTimeUs: { n: 0, p50: null, mean: null } });
  });
});

describe("reports of a run whose devices called", () => {
  const record = fixtureRecord({ totals: { clientCalls: summarizeClientCalls(MIXED, TIMEOUT) } });
  const summary = summarize(record);
  const sum = "13 planned = 8 ok + 1 error + 2 timeout + 1 lost + 1 dropped";

  it("have them in the summary, in the text, in Markdown and on the page", () => {
    expect(summarySchema.strict().parse(summary)).toEqual(summary);
    expect(summary.clientCalls).toEqual(record.totals.clientCalls);
    expect(renderText(summary, { colours: false, report: undefined })).toContain(`devices' own calls  ${sum}`);
    expect(renderMarkdown(summary)).toContain(`**Devices' own calls:** ${sum}`);
    const page = renderHtml(record, summary);
    expect(page).toMatch(/<h2>Devices(&#39;|') own calls/);
    expect(page).toContain(
      "no answer within the device's own patience".replace("'", page.includes("&#39;") ? "&#39;" : "'"),
    );
    expect(page.replace(/<script>.*?<\/script>/gs, "")).not.toMatch(/NaN|undefined/);
  });

  it("survive the way to disk and back", () => {
    expect(decodeRunFile(encodeRunFile(record))).toMatchObject({ totals: { clientCalls: record.totals.clientCalls } });
  });
});

describe("runs without such calls", () => {
  const record = fixtureRecord();
  const summary = summarize(record);

  it("say nothing of them", () => {
    expect(summary).not.toHaveProperty("clientCalls");
    for (const text of [
      renderText(summary, { colours: false, report: undefined }),
      renderMarkdown(summary),
      renderHtml(record, summary),
    ])
      expect(text).not.toMatch(/own calls/i);
  });

  it("are still read when they are from before there were any", () => {
    const old = JSON.parse(encodeRunFile(record));
    delete old.totals.clientCalls;
    const back = decodeRunFile(JSON.stringify(old));
    if ("problem" in back) throw new Error(back.problem);
    expect(back.totals.clientCalls).toBeUndefined();
    expect(summarize({ ...record, ...back })).toEqual(summary);
  });
});
