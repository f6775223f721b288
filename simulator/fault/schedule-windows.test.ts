import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MILLISECOND } from "../../protocol/time.ts";
import { FormReader, isProblem, parseForm } from "../behaviour/form.ts";
import { Schedule, type Window } from "./schedule.ts";

const EVER = Number.POSITIVE_INFINITY;
const ms = (count: number): number => count * MILLISECOND;

function read(list: string): { schedule: Schedule; problems: readonly string[] } {
  const form = parseForm(`fault(${list})`);
  if (isProblem(form)) throw new Error(form.message);
  const reader = new FormReader(form);
  return { schedule: new Schedule("fault", reader), problems: reader.problems };
}

function first(schedule: Schedule, count: number): Window[] {
  const windows: Window[] = [];
  for (const window of schedule.windows()) if (windows.push(window) === count) break;
  return windows;
}

it.each<[string, [number, number][]]>([
  ["", [[0, EVER]]],
  ["start=5ms", [[5, EVER]]],
  ["start=5ms, stop=9ms", [[5, 9]]],
  ["start=5ms, for=2ms", [[5, 7]]],
  [
    "for=2ms, every=10ms, stop=21ms",
    [
      [0, 2],
      [10, 12],
      [20, 21],
    ],
  ],
  [
    "start=3ms, for=2ms, every=4ms, stop=8ms",
    [
      [3, 5],
      [7, 8],
    ],
  ],
])("windows of (%s)", (list, expected) => {
  const { schedule, problems } = read(list);
  expect(problems).toEqual([]);
  expect(first(schedule, 9)).toEqual(
    expected.map(([from, to]) => ({ from: ms(from), to: to === EVER ? EVER : ms(to) })),
  );
});

it("a timeline names no window of what is always on, and at most a hundred of what never ends", () => {
  expect(read("").schedule.shown()).toEqual([]);
  expect(read("for=1ms, every=2ms").schedule.shown()).toHaveLength(100);
});

it.each([
  ["start=2s, stop=1s", "stop must come after start"],
  ["every=2s", "every needs for"],
  ["for=0ms", "for and every must be more than zero"],
  ["for=3s, every=2s", "for must not be longer than every"],
])("(%s) is refused", (list, problem) => {
  expect(read(list).problems.join()).toContain(problem);
});

describe("laws", () => {
  const lists = fc
    .record({ start: fc.nat(50), length: fc.integer({ min: 1, max: 20 }), rest: fc.nat(20), stop: fc.nat(200) })
    .map(({ start, length, rest, stop }) => ({
      schedule: read(`start=${start}us, for=${length}us, every=${length + rest}us, stop=${start + stop + 1}us`)
        .schedule,
    }));

  it("it is on exactly inside its windows, which are in order and do not overlap", () => {
    fc.assert(
      fc.property(lists, ({ schedule }) => {
        const windows = [...schedule.windows()];
        for (const [index, { from, to }] of windows.entries()) {
          expect(to).toBeGreaterThan(from);
          expect(from).toBeGreaterThanOrEqual(windows[index - 1]?.to ?? 0);
        }
        for (let at = 0; at < 260; at++) {
          expect(schedule.active(at)).toBe(windows.some(({ from, to }) => at >= from && at < to));
        }
      }),
      { numRuns: 50 },
    );
  });

  it("what remains of a window ends with it", () => {
    fc.assert(
      fc.property(lists, ({ schedule }) => {
        for (const { from, to } of schedule.windows()) {
          expect(from + schedule.remaining(from)).toBe(to);
          expect(to - 1 + schedule.remaining(to - 1)).toBe(to);
        }
      }),
      { numRuns: 50 },
    );
  });
});
