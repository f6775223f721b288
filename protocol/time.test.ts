import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatDuration, HOUR, MILLISECOND, MINUTE, parseDuration, SECOND } from "./time.ts";

describe("reading a duration", () => {
  it.each([
    ["250us", 250],
    ["50ms", 50 * MILLISECOND],
    ["1.5s", 1_500 * MILLISECOND],
    ["2m", 2 * MINUTE],
    ["1h", HOUR],
    ["0s", 0],
    ["  5s ", 5 * SECOND],
    ["0.0004ms", 0],
    ["0.0005ms", 1],
  ])("%s", (text, duration) => {
    expect(parseDuration(text)).toBe(duration);
  });

  it.each(["", "5", "s", "5 s", "-1s", "+1s", "1.s", ".5s", "1e3ms", "5S", "1s2ms", "5sec", "NaNs", "1,5s"])(
    "refuses %j",
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );
});

describe("writing a duration", () => {
  it.each([
    [0, "0us"],
    [999, "999us"],
    [1_000, "1ms"],
    [1_500, "1.5ms"],
    [50_000, "50ms"],
    [1_500_000, "1.5s"],
    [90_000_000, "1.5m"],
    [2 * MINUTE, "2m"],
    [90 * MINUTE, "1.5h"],
    [MINUTE + 500_000, "60.5s"],
  ])("%d us is %s", (duration, text) => {
    expect(formatDuration(duration)).toBe(text);
  });

  it("reads back to within a thousandth of its unit", () => {
    fc.assert(
      fc.property(fc.nat(24 * HOUR), (duration) => {
        const back = parseDuration(formatDuration(duration));
        expect(back).toBeDefined();
        const allowed = duration < SECOND ? 1 : duration < MINUTE ? 500 : Math.max(500, duration / 1_000);
        expect(Math.abs((back as number) - duration)).toBeLessThanOrEqual(allowed);
      }),
    );
  });
});
