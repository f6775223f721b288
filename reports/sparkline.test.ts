import { describe, expect, it } from "vitest";
import { sparkline } from "./sparkline.ts";

describe("a sparkline", () => {
  it("shows the last values, the greatest as a full bar, and what is not there as a gap", () => {
    expect(sparkline([9, 0, 4, null, 8], { cells: 4 })).toBe("▁▅ █");
    expect(sparkline([0, 0], { cells: 4 })).toBe("▁▁");
    expect(sparkline([1, 2], { cells: 0 })).toBe("");
    expect(sparkline([undefined, 1], { gap: "·" })).toBe("·█");
  });

  it("goes from the smallest to the largest value where changes are to show", () => {
    expect(sparkline([1, 2, 3, 4, 5, 6, 7, 8], { from: "least" })).toBe("▁▂▃▄▅▆▇█");
    expect(sparkline([3, null, 3], { from: "least" })).toBe("▅ ▅");
    expect(sparkline([], { from: "least" })).toBe("");
  });
});
