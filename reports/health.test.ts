import { describe, expect, it } from "vitest";
import type { GeneratorVitals, MachineVitals, ThreadVitals } from "../protocol/generator-vitals.ts";
import { type Duration, MILLISECOND, SECOND } from "../protocol/time.ts";
import { type FixtureOptions, fixtureRecord } from "./fixture.ts";
import { renderHtml } from "./html/report-html.ts";
import { renderMarkdown } from "./markdown.ts";
import { decodeRunFile, encodeRunFile } from "./run-file.ts";
import { summarize } from "./summary.ts";
import type { HealthRow } from "./summary-schema.ts";
import { renderText } from "./text.ts";

const SECONDS = 10;
const bySecond = (value: number, change: Record<number, number> = {}): number[] =>
  Array.from({ length: SECONDS }, (_, second) => change[second] ?? value);

function thread(name: string, change: Partial<ThreadVitals> = {}): ThreadVitals {
  return {
    name,
    busyMean: bySecond(0.1, { 3: 0.3 }),
    busyMax: bySecond(0.1, { 3: 0.3 }),
    gcPauses: bySecond(1),
    gcSumUs: bySecond(900, { 2: 3_900 }),
    gcMaxUs: bySecond(900, { 2: 3_900 }),
    ...change,
  };
}

const QUIET: MachineVitals = {
  stealShare: bySecond(0, { 1: 0.01 }),
  busyShare: bySecond(0.4),
  throttledUs: bySecond(0),
  processCores: bySecond(0.25),
};

function vitals(change: Partial<ThreadVitals> = {}, machine: Partial<MachineVitals> = {}): GeneratorVitals {
  return { slotS: 1, threads: [thread("caller", change), thread("fleet")], machine: { ...QUIET, ...machine } };
}

function healthOf(of: GeneratorVitals | undefined, options: Partial<FixtureOptions> = {}) {
  return summarize(fixtureRecord({ ...options, totals: { vitals: of } })).health;
}

const rowOf = (rows: readonly HealthRow[], name: string) => rows.find((row) => row.name.startsWith(name));

describe("rows of the generator's own threads and machine", () => {
  it("say what was measured, and are healthy when it is usual", () => {
    const { verdict, rows } = healthOf(vitals());
    expect(verdict).toBe("healthy");
    expect(rowOf(rows, "loop busy")).toMatchObject({
      value: 0.3,
      limit: 0.7,
      detail: "caller 12 % on average, 30 % at most; fleet 12 % on average, 30 % at most",
    });
    expect(rowOf(rows, "GC pause")).toMatchObject({
      value: 3_900,
      detail: "caller 10, 12.00 ms together, 3.900 ms at most; fleet 10, 12.00 ms together, 3.900 ms at most",
    });
    expect(rowOf(rows, "CPU stolen")).toMatchObject({
      value: 0.01,
      detail: "stolen 0.1 % on average; never throttled; all cores 40 % busy, this process used 25 % of a core",
    });
    expect(rowOf(rows, "send lag")?.detail).toMatch(/^p50 0\.\d+ ms, at most 0\.\d+ ms$/);
    expect(rowOf(rows, "sent")?.detail).toBe("1,000 of 1,000 planned: 100/s of 100/s");
  });

  it.each<[string, string, GeneratorVitals]>([
    ["a busy second of one thread", "loop busy", vitals({ busyMax: bySecond(0.2, { 9: 0.71 }) })],
    ["a pause beyond a tenth of the p99", "GC pause", vitals({ gcMaxUs: bySecond(0, { 4: 70 * MILLISECOND }) })],
    ["steal in one second", "CPU stolen", vitals({}, { stealShare: bySecond(0, { 7: 0.06 }) })],
    ["throttling in one second", "CPU stolen", vitals({}, { throttledUs: bySecond(0, { 7: 60 * MILLISECOND }) })],
  ])("are suspect for %s, which alone does not void the run", (_, name, of) => {
    const { verdict, rows } = healthOf(of);
    expect(rows.filter((row) => row.verdict !== "healthy").map((row) => row.name)).toEqual([rowOf(rows, name)?.name]);
    expect(verdict).toBe("suspect");
    expect(summarize(fixtureRecord({ totals: { vitals: of } })).verdict).toBe("pass");
  });

  it.each<[Duration, string]>([
    [4_900, "healthy"],
    [5_100, "suspect"],
  ])("hold a pause of %i us against quick answers, whose tenth is less than any collection takes", (pause, verdict) => {
    const quick = { deviceTime: 0 };
    expect(healthOf(vitals({ gcMaxUs: bySecond(0, { 4: pause }) }), quick).verdict).toBe(verdict);
  });

  it("judge nothing beyond the knee", () => {
    const stepped = {
      rates: [50, 100, 200],
      stepDuration: 3 * SECOND,
      slowFromStep: 2,
      knee: { minOkShare: 0.98, maxP99: 400 * MILLISECOND },
    };
    const busyAt = (second: number) => vitals({ busyMax: bySecond(0.1, { [second]: 0.99 }) });
    expect(healthOf(busyAt(5), stepped).verdict).toBe("suspect");
    expect(healthOf(busyAt(6), stepped).verdict).toBe("healthy");
  });

  it("say what cannot be measured, or was not", () => {
    const blind = healthOf(vitals({}, { stealShare: undefined, throttledUs: undefined }));
    expect(rowOf(blind.rows, "CPU stolen")).toMatchObject({
      value: null,
      verdict: "healthy",
      detail: expect.stringContaining("steal not measurable here; throttling not measurable here"),
    });
    const old = healthOf(undefined);
    expect(old.verdict).toBe("healthy");
    expect(old.rows.filter(({ detail }) => detail === "not recorded")).toHaveLength(3);
  });

  it("are kept with the run, and a run from before has none", () => {
    const { facts, totals } = fixtureRecord({ totals: { vitals: vitals({}, { stealShare: undefined }) } });
    expect(decodeRunFile(encodeRunFile({ facts, totals }))).toMatchObject({ totals: { vitals: totals.vitals } });
    const text = encodeRunFile(fixtureRecord());
    expect(text).not.toContain("vitals");
    expect(decodeRunFile(text)).not.toHaveProperty("problem");
    expect(decodeRunFile(text)).not.toHaveProperty("totals.vitals");
  });

  it("are in every report", () => {
    const record = fixtureRecord({ totals: { vitals: vitals() } });
    const summary = summarize(record);
    const reports = [
      renderText(summary, { colours: false, report: undefined }),
      renderMarkdown(summary),
      renderHtml(record, summary),
    ];
    for (const report of reports) {
      for (const { name, detail } of summary.health.rows) {
        expect(report).toContain(name);
        expect(report).toContain(detail ?? "");
      }
    }
  });
});

describe("calls that were never sent", () => {
  it.each([
    ["native", false, "2 never sent"],
    ["k6", false, "2 for which k6 had no free VU"],
    ["native", true, "2 not yet due when the run was interrupted"],
  ] as const)("have a reason with %s, interrupted: %s", (engine, interrupted, detail) => {
    const record = fixtureRecord({ dropEvery: 500, facts: { engine }, totals: { interrupted } });
    expect(rowOf(summarize(record).health.rows, "dropped")).toMatchObject({ verdict: "invalid", detail });
  });
});
