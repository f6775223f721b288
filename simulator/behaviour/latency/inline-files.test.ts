import { describe, expect, it } from "vitest";
import { isProblem, problem } from "../form.ts";
import { type FileReference, inlineFiles } from "./inline-files.ts";

function inline(text: string): { inlined: string; references: FileReference[] } {
  const references: FileReference[] = [];
  const inlined = inlineFiles(text, (reference) => {
    references.push(reference);
    return `<${reference.file}>`;
  });
  if (isProblem(Object(inlined))) throw new Error((inlined as { message: string }).message);
  return { inlined: String(inlined), references };
}

describe("forms that name a file", () => {
  it.each([
    ["constant(1ms)", "constant(1ms)"],
    ["empirical(file=a.csv)", "<a.csv>"],
    ["empirical(a.csv, unit=ms)", "<a.csv>"],
    ["mixture(50%: empirical(file=a.csv), 50%: empirical(file=b.csv))", "mixture(50%: <a.csv>, 50%: <b.csv>)"],
    ["regimes(a: trace(file=t.csv) for 60s, b: never for 2s)", "regimes(a: <t.csv> for 60s, b: never for 2s)"],
    ["trace(0s: 1ms, loop=1s)", "trace(0s: 1ms, loop=1s)"],
    ["empirical(file=a.csv", "empirical(file=a.csv"],
  ])("%s becomes %s", (text, expected) => {
    expect(inline(text).inlined).toBe(expected);
  });

  it("keep what belongs to the data, and hand on the rest", () => {
    const { references } = inline("empirical(file=a.csv, column=ms, unit=ms, cap=2s, beyond=clamp)");
    expect(references).toEqual([
      {
        name: "empirical",
        file: "a.csv",
        column: "ms",
        unit: "ms",
        time: undefined,
        tag: undefined,
        rest: ", cap=2s, beyond=clamp",
      },
    ]);
  });

  it("report every problem", () => {
    const inlined = inlineFiles("mixture(50%: empirical(unit=days), 50%: empirical(b))", () => problem("no b"));
    expect(inlined).toEqual(
      problem(
        'empirical: file is missing (such as file=measured.csv); empirical: unit must be one of us, ms, s, m, h, got "days"; no b',
      ),
    );
  });
});
