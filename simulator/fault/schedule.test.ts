import { describe, expect, it } from "vitest";
import { MILLISECOND } from "../../protocol/time.ts";
import { FormReader, isProblem, parseForm } from "../behaviour/form.ts";
import { Schedule } from "./schedule.ts";

function schedule(list: string): Schedule {
  const form = parseForm(`fault(${list})`);
  if (isProblem(form)) throw new Error(form.message);
  const reader = new FormReader(form);
  const read = new Schedule("fault", reader);
  expect(reader.problems).toEqual([]);
  return read;
}

const ms = (count: number): number => count * MILLISECOND;
const EVER = Number.POSITIVE_INFINITY;

describe("when a fault is off next", () => {
  it.each([
    ["start=10ms, for=5ms", 0, 0],
    ["start=10ms, for=5ms", 10, 15],
    ["start=10ms, for=5ms", 14, 15],
    ["start=10ms, for=5ms", 15, 15],
    ["start=10ms", 12, EVER],
    ["start=10ms, stop=20ms", 12, 20],
    ["for=2ms, every=10ms", 21, 22],
    ["for=2ms, every=10ms, stop=21ms", 20, 21],
    ["for=10ms, every=10ms", 21, EVER],
    ["for=10ms, every=10ms, stop=35ms", 21, 35],
    ["", 5, EVER],
  ])("%s at %i ms: %d", (list, at, off) => {
    expect(schedule(list).nextOff(ms(at))).toBe(off === EVER ? EVER : ms(off));
  });
});

describe("when so much time has passed with it off", () => {
  it.each([
    ["start=10ms, for=5ms", 0, 3, 3],
    // A pause that begins at the very instant delays what is due then.
    ["start=10ms, for=5ms", 0, 10, 15],
    ["start=10ms, for=5ms", 0, 12, 17],
    ["start=10ms, for=5ms", 12, 2, 17],
    ["start=10ms, for=5ms", 15, 2, 17],
    ["start=10ms", 0, 5, 5],
    ["start=10ms", 0, 10, EVER],
    ["for=2ms, every=10ms", 0, 8, 12],
    ["for=2ms, every=10ms", 5, 20, 29],
    ["for=2ms, every=10ms, stop=20ms", 5, 20, 27],
    ["for=10ms, every=10ms", 0, 1, EVER],
    ["", 0, 0, EVER],
  ])("%s from %i ms, %i ms: at %d ms", (list, from, span, at) => {
    expect(schedule(list).afterOff(ms(from), ms(span))).toBe(at === EVER ? EVER : ms(at));
  });
});
