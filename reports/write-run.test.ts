import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type FixtureOptions, fixtureRecord, fixtureRun, recordOf } from "./fixture.ts";
import { readHlog } from "./hlog.ts";
import { readRun } from "./read-run.ts";
import { summarize } from "./summary.ts";
import { summarySchema } from "./summary-schema.ts";
import { UnreadableRun, UnwritableRun } from "./unreadable-run.ts";
import { RUN_FILES, writeReports, writeRun } from "./write-run.ts";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "rpcfleet-reports-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const file = (name: string): string => join(directory, name);
const problemOf = (act: () => unknown): unknown => {
  try {
    return act();
  } catch (error) {
    return error;
  }
};
const read = (name: string): string => readFileSync(file(name), "utf8");

describe("writeReports", () => {
  it("writes every file under its name, and leaves nothing unfinished", () => {
    const run = fixtureRun();
    run.ledger.call[0] = -1;
    writeRun(directory, recordOf(run));
    expect(readdirSync(directory).sort()).toEqual(Object.values(RUN_FILES).sort());
  });

  it("returns the summary that it wrote", () => {
    const summary = writeRun(directory, fixtureRecord({ gates: ["p99(rtt) < 1s"] }));
    expect(summarySchema.parse(JSON.parse(read(RUN_FILES.summary)))).toEqual(summary);
  });

  it("logs every sample of the headline series in intervals", () => {
    const summary = writeRun(directory, fixtureRecord({ timeoutEvery: 50 }));
    const samples = (name: string): number => {
      const intervals = readHlog(read(name));
      if ("badLine" in intervals) throw new Error(`line ${intervals.badLine}`);
      expect(intervals).toHaveLength(10);
      return intervals.reduce((sum, { histogram }) => sum + histogram.n, 0);
    };
    expect(samples(RUN_FILES.responseTime)).toBe(summary.responseTimeUs.n);
    expect(samples(RUN_FILES.serviceTime)).toBe(summary.serviceTimeUs.n);
    expect(samples(RUN_FILES.sendLag)).toBe(summary.sendLagUs.n);
  });

  it("names the path it could not write, and has no summary then", () => {
    const missing = problemOf(() => writeRun(file("missing"), fixtureRecord()));
    expect(missing).toBeInstanceOf(UnwritableRun);
    expect(missing).toMatchObject({ path: file("missing/run.json"), message: expect.stringContaining("ENOENT") });
    mkdirSync(file(RUN_FILES.html));
    expect(problemOf(() => writeRun(directory, fixtureRecord()))).toMatchObject({ path: file(RUN_FILES.html) });
    expect(readdirSync(directory)).not.toContain(RUN_FILES.summary);
    expect(readdirSync(directory).filter((name) => name.endsWith(".part"))).toEqual([]);
  });
});

describe("readRun", () => {
  it.each<[string, Partial<FixtureOptions>]>([
    ["a plain run", { gates: ["p99(rtt) < 1s", "no gate"] }],
    ["a stepped run", { rates: [50, 100], knee: { minOkShare: 0.9, maxP99: 9_000 } }],
    [
      "a run against another's server",
      { timeoutEvery: 9, totals: { strays: undefined, events: [{ at: 5, label: "x" }] } },
    ],
    [
      "a closed run of k6",
      {
        facts: {
          engine: "k6",
          workload: "closed",
          arrivals: undefined,
          steps: [{ rate: undefined, start: 0, duration: 9 }],
        },
      },
    ],
    ["an empty run", { rates: [] }],
  ])("rebuilds %s to the same summary and the same reports", (_, options) => {
    const record = fixtureRecord(options);
    writeRun(directory, record);
    const html = read(RUN_FILES.html);
    const back = readRun(directory);
    if (back instanceof UnreadableRun) throw back;
    expect(back.facts).toStrictEqual(record.facts);
    expect(back.totals).toStrictEqual(record.totals);
    expect(summarize(back)).toEqual(summarize(record));
    writeReports(directory, back);
    expect(read(RUN_FILES.html)).toBe(html);
  });

  const damages: [string, (path: (name: string) => string) => void, string][] = [
    ["no run.json", (path) => rmSync(path(RUN_FILES.run)), RUN_FILES.run],
    ["half a run.json", (path) => truncateSync(path(RUN_FILES.run), 100), RUN_FILES.run],
    [
      "a run.json of another version",
      (path) => writeFileSync(path(RUN_FILES.run), '{"schema":"rpcfleet.run/0"}'),
      RUN_FILES.run,
    ],
    ["no journal", (path) => rmSync(path(RUN_FILES.journal)), RUN_FILES.journal],
    ["half a journal", (path) => truncateSync(path(RUN_FILES.journal), 4_000), RUN_FILES.journal],
    ["a lost second file", (path) => rmSync(path(RUN_FILES.extraRequests)), RUN_FILES.extraRequests],
  ];
  it.each(damages)("says which file is wrong with %s", (_, damage, name) => {
    const run = fixtureRun();
    run.ledger.call[0] = -1;
    writeRun(directory, recordOf(run));
    damage(file);
    const result = readRun(directory);
    expect(result).toBeInstanceOf(UnreadableRun);
    expect(result).toMatchObject({ path: file(name), message: expect.stringContaining("expected") });
  });
});
