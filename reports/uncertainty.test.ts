import { describe, expect, it } from "vitest";
import { SECOND } from "../protocol/time.ts";
import { type FixtureOptions, fixtureRecord } from "./fixture.ts";
import { summarize } from "./summary.ts";
import { renderText } from "./text.ts";

const text = (options: Partial<FixtureOptions>) =>
  renderText(summarize(fixtureRecord(options)), { colours: false, report: undefined });

describe("the uncertainty of a run", () => {
  it("holds the percentile it belongs to, and refuses what the samples cannot carry", () => {
    const { uncertainty, responseTimeUs } = summarize(fixtureRecord({ stepDuration: 30 * SECOND }));
    const { p99, p999 } = uncertainty;
    expect("lowUs" in p99 && p99.lowUs <= (responseTimeUs.p99 ?? 0)).toBe(true);
    expect("highUs" in p99 && p99.highUs >= (responseTimeUs.p99 ?? 0)).toBe(true);
    expect(p999).toEqual({ refused: "too few samples", neededN: 3_688 });
  });

  it("is the same for every reader, and none for a run of seconds", () => {
    expect(text({ stepDuration: 30 * SECOND })).toMatch(
      /^ {2}response time, 95 %: p50 [\d.]+ to [\d.]+, p90 .*, p95 .*, p99 [\d.]+ to [\d.]+$/m,
    );
    expect(text({ stepDuration: 3 * SECOND, rates: [300] })).toContain("p99 unknown: the run is too short");
  });
});

describe("the steadiness of a run", () => {
  it("is told of one rate, and not of several", () => {
    expect(summarize(fixtureRecord({ stepDuration: 30 * SECOND })).steadiness).toMatchObject({
      verdict: "steady",
      warmUpS: 2,
    });
    expect(summarize(fixtureRecord({ rates: [50, 100] })).steadiness).toBeNull();
  });

  it("is missed aloud", () => {
    const slowing = { rates: [100, 100, 100], stepDuration: 20 * SECOND, slowFromStep: 2 };
    const steps = [{ rate: 100, start: 0, duration: 60 * SECOND }];
    expect(text({ ...slowing, facts: { steps } })).toContain("no steady state: ");
  });
});
