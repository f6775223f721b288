import { describe, expect, it } from "vitest";
import { SECOND } from "../../protocol/time.ts";
import { dashboardLines } from "./dashboard-lines.ts";
import { liveFigures } from "./live-fixture.ts";
import type { LiveFrame } from "./live-frame.ts";
import { progressBar } from "./progress-bar.ts";
import { cellsOf, paintLine } from "./terminal-text.ts";

const figures = liveFigures(12, 50);
const frame = figures.frame(12.1 * SECOND);

function shown(of: LiveFrame, width: number): string[] {
  return dashboardLines(of, figures.points, { width, colours: false });
}

/** The longest figures that a frame can have. */
const huge: LiveFrame = {
  ...frame,
  scenario: "a-scenario-with-a-name-that-is-longer-than-many-terminals-are-wide".repeat(3),
  planned: 123_456_789_012,
  ended: 123_456_789_000,
  inFlight: 98_765_432,
  outcomes: { ...frame.outcomes, ok: 123_456_780_000, transport_error: 9_000 },
  rates: { planned: 1_234_567, sent: 1_234_567, ended: 1_234_567, ok: 1_234_567 },
  overall: { n: 1e11, p50: 3_600e6, p99: 7_200e6, max: 86_400e6 },
};

describe("a dashboard's lines", () => {
  it.each([1, 20, 40, 80, 200])("are at most %d cells wide, with colours and without", (width) => {
    for (const of of [frame, huge, figures.frame(undefined)]) {
      const plain = shown(of, width);
      for (const line of plain) expect(cellsOf(line)).toBeLessThanOrEqual(width);
      const coloured = dashboardLines(of, figures.points, { width, colours: true });
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what colours are made of.
      expect(coloured.map((line) => line.replace(/\u001b\[\d+m/g, ""))).toEqual(plain);
    }
  });

  it("say at 80 columns all there is", () => {
    const text = shown(frame, 80).join("\n");
    expect(text).toContain("two-way-latency · native · seed 7");
    expect(text).toContain("00:12 of 00:20 · calling");
    expect(text).toContain("planned 200/s  sent 200/s  ended 200/s  ok 180/s");
    expect(text).toMatch(/last 1 s +25\.00 +49\.00 +49\.00 {2}█+/);
    expect(text).toMatch(/so far +25\.\d\d +49\.\d\d +49\.00/);
    expect(text).toContain("calls     2,400 of 4,000 ended, 38 in flight");
    expect(text).toMatch(/ {2}ok +2,160 +90 % {2}█+/);
    expect(text).toMatch(/ {2}timeout +240 +10 % {2}██/);
    expect(text).toContain("fleet     998 of 1,000 connected, 3 lost, 1 made again, 2 refused");
    expect(text).toContain("health    suspect  caller's thread 25 % busy\n  2 devices are not connected");
    expect(text).toContain("events    2 s  server paused");
  });

  it("keep the figures at 40 columns and let the sparklines go", () => {
    const lines = shown(frame, 40);
    expect(lines.some((line) => /last 1 s +25\.00 +49\.00 +49\.00$/.test(line))).toBe(true);
    expect(lines).toContain("calls     2,400 of 4,000 ended, 38 in f…");
  });

  it("before the first call show what is being done and no figures", () => {
    const preparing = { ...liveFigures(0, 1).frame(undefined), fleet: undefined, doing: "connecting: 4 of 10" };
    expect(shown(preparing, 80)).toEqual(["two-way-latency · native · seed 7", "connecting: 4 of 10"]);
  });

  it("do not let a name steer the terminal", () => {
    const named = { ...frame, scenario: "evil\u001b[2Jname\r\n", events: [{ at: 0, label: "a\u0007b" }] };
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be left.
    for (const line of shown(named, 80)) expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  });
});

it("text is as wide as a terminal draws it", () => {
  expect([cellsOf("größe"), cellsOf("温度計"), cellsOf("e\u0301")]).toEqual([5, 6, 1]);
  expect(paintLine([["温度計"]], { width: 4, colours: false })).toBe("温…");
  expect(paintLine([["abc"], ["def", "bad"]], { width: 6, colours: true })).toBe("abc\u001b[31mdef\u001b[0m");
});

it("a bar is filled to an eighth of a cell and never wider than its room", () => {
  expect([0, 0.5, 0.5625, 1, 7].map((share) => progressBar(share, 4))).toEqual([
    "    ",
    "██  ",
    "██▎ ",
    "████",
    "████",
  ]);
});
