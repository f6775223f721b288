import { HistogramLogReader } from "hdr-histogram-js";
import { describe, expect, it } from "vitest";
import { SECOND } from "../protocol/time.ts";
import { Histogram } from "./histogram.ts";
import { readHlog, writeHlog } from "./hlog.ts";

function histogramOf(...values: number[]): Histogram {
  const histogram = new Histogram(5 * SECOND);
  for (const value of values) histogram.record(value);
  return histogram;
}

const STARTED_AT = "2026-01-02T03:04:05.000Z";
const LOG = writeHlog(STARTED_AT, [
  { tag: "response-time", start: 0, end: SECOND, histogram: histogramOf(1_000, 2_000, 12_449) },
  { tag: "response-time", start: SECOND, end: 3 * SECOND, histogram: histogramOf(7) },
]);

describe("hlog", () => {
  it("reads what it wrote, bucket for bucket", () => {
    const intervals = readHlog(LOG);
    if ("badLine" in intervals) throw new Error(`line ${intervals.badLine}`);
    expect(intervals.map(({ tag, start, end, histogram }) => [tag, start, end, histogram.n])).toEqual([
      ["response-time", 0, SECOND, 3],
      ["response-time", SECOND, 3 * SECOND, 1],
    ]);
    expect(intervals[0]?.histogram.quantile(0.5)).toBe(2_000);
  });

  it("is format 1.3, with the maximum exact in milliseconds", () => {
    const lines = LOG.split("\n");
    expect(lines).toContain("#[Histogram log format version 1.3]");
    expect(lines).toContain("#[BaseTime: 1767323045.000 (seconds since epoch)]");
    expect(lines[5]).toMatch(/^Tag=response-time,0\.000,1\.000,12\.449,HIST/);
  });

  it("is read by the library's own reader", () => {
    const first = new HistogramLogReader(LOG).nextIntervalHistogram();
    expect([first?.totalCount, first?.tag, first?.startTimeStampMsec]).toEqual([3, "response-time", 1_767_323_045_000]);
  });

  it.each(["rubbish", "Tag=x,0.000,1.000,2.000,HISTcut", "Tag=x,0.000,1.000"])("names the line of %j", (line) => {
    expect(readHlog(`#[comment]\n${line}\n`)).toEqual({ badLine: 2 });
  });
});
