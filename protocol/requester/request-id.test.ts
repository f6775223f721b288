import { describe, expect, it } from "vitest";
import { countingRequestIds, FIRST_REQUEST_ID } from "./request-id.ts";

function firstIds(size: number, count: number): number[] {
  const ids = countingRequestIds(size);
  const taken: number[] = [];
  for (let i = 0; i < count; i++) taken.push(ids.next(taken.at(-1)));
  return taken;
}

describe("request ids", () => {
  it.each([
    [1, [0, 0, 0]],
    [4, [0, 1, 2, 3, 0, 1]],
    [1_000, [0, 1, 2]],
  ])("in a space of %d begin %j", (size, ids) => {
    expect(firstIds(size, ids.length)).toEqual(ids);
  });

  it("stay 32-bit signed integers for ever", () => {
    const ids = countingRequestIds();
    expect(ids.next(2 ** 31 - 2)).toBe(2 ** 31 - 1);
    expect(ids.next(2 ** 31 - 1)).toBe(FIRST_REQUEST_ID);
  });

  it.each([
    [1, 0],
    [4, 2],
    [511, 255],
    [10_000, 256],
  ])("a space of %d keeps %d ended ids from reuse, never all of them", (size, quarantine) => {
    expect(countingRequestIds(size).quarantine).toBe(quarantine);
  });
});
