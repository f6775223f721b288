import { describe, expect, it } from "vitest";
import { type AxisPlan, axisOf, shortMs } from "./axes.ts";
import type { Frame } from "./svg.ts";

const FRAME: Frame = { left: 10, top: 20, width: 100, height: 50 };
const textsOf = (drawn: string): string[] => [...drawn.matchAll(/<text[^>]*>([^<]*)/g)].map((match) => match[1] ?? "");

describe("an axis", () => {
  it.each<[AxisPlan["side"], AxisPlan["kind"], readonly [number, number]]>([
    ["x", "linear", [10, 110]],
    ["x", "log", [10, 110]],
    ["y", "linear", [70, 20]],
    ["y", "log", [70, 20]],
  ])("%s %s spans its side of the frame", (side, kind, ends) => {
    const { scale } = axisOf(FRAME, { side, kind, domain: [100, 5_000], label: "ms" });
    expect([scale.at(100), scale.at(5_000)]).toEqual(ends);
  });

  it("counts on a linear axis, about as often as asked", () => {
    const axis = { side: "x", kind: "linear", domain: [0, 10], label: "seconds" } as const;
    expect(textsOf(axisOf(FRAME, axis).drawn)).toEqual(["0", "2", "4", "6", "8", "10", "seconds"]);
    expect(textsOf(axisOf(FRAME, { ...axis, ticks: 2 }).drawn)).toEqual(["0", "5", "10", "seconds"]);
  });

  it("writes milliseconds on a logarithmic one", () => {
    const { drawn } = axisOf(FRAME, { side: "y", kind: "log", domain: [100, 1_000_000], label: "ms" });
    expect(textsOf(drawn)).toEqual(["0.1", "1", "10", "100", "1000", "ms"]);
  });

  it("has no words without a label", () => {
    const { drawn } = axisOf(FRAME, { side: "x", kind: "linear", domain: [0, 10], label: "" });
    expect(textsOf(drawn).join("")).toBe("");
    expect(drawn).toContain("<path");
  });
});

it.each([
  [50, "0.05"],
  [1_234_567, "1235"],
])("%d us is %s ms", (us, text) => expect(shortMs(us)).toBe(text));
