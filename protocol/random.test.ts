import { describe, expect, it } from "vitest";
import { chanceThreshold, faultPurpose, multiplyHigh, philox, RandomStream, seedFrom } from "./random.ts";

const hex = (words: Iterable<number>): string => [...words].map((w) => w.toString(16).padStart(8, "0")).join(" ");
const block = (counter: number[], high: number, low: number): string => {
  const out = new Uint32Array(4);
  philox(Uint32Array.from(counter), { high, low }, out);
  return hex(out);
};

describe("philox4x32-10", () => {
  // The first three are the published Random123 vectors; the single-bit ones catch swapped words.
  it.each([
    [[0, 0, 0, 0], 0, 0, "6627e8d5 e169c58d bc57ac4c 9b00dbd8"],
    [[0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff], 0xffffffff, 0xffffffff, "408f276d 41c83b0e a20bc7c6 6d5451fd"],
    [[0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], 0xa4093822, 0x299f31d0, "d16cfe09 94fdcceb 5001e420 24126ea1"],
    [[1, 0, 0, 0], 0, 0, "f8e4cca4 5cb200db b1a574eb 097eff67"],
    [[0, 1, 0, 0], 0, 0, "6ad0c5ec ea236249 73a459f5 074944b3"],
    [[0, 0, 1, 0], 0, 0, "844515e1 f08d6eaa 0f19c053 83f875f0"],
    [[0, 0, 0, 1], 0, 0, "2dce73e5 1348e23f fcf8e0ec a287aadb"],
    [[0, 0, 0, 0], 1, 0, "e3e80670 e50a0ebc 95f222c0 b615aa27"],
    [[0, 0, 0, 0], 0, 1, "fdde3e0b fa7e58b6 3380ec46 d8d55c4f"],
    [[0, 1, 2, 3], 0xdeadbeef, 0x12345678, "afe20b59 a0681cd9 18bd99a2 314a28c6"],
  ])("counter %j", (counter, high, low, expected) => {
    expect(block(counter, high, low)).toBe(expected);
  });

  it.each([
    [0xd2511f53, 0xffffffff, 0xd2511f52],
    [0xd2511f53, 0x80000000, 0x69288fa9],
    [0xffffffff, 0xffffffff, 0xfffffffe],
    [0xcd9e8d57, 0x13198a2e, 0x0f5747f5],
  ])("high half of %d x %d", (a, b, expected) => {
    expect(multiplyHigh(a, b)).toBe(expected);
  });
});

describe("RandomStream", () => {
  const seed = { high: 0x01234567, low: 0x89abcdef };

  it("addresses by device, purpose and call, four words a block", () => {
    const stream = new RandomStream(seed).seek(17, 3, 42);
    const words = Array.from({ length: 8 }, () => stream.word());
    expect(hex(words)).toBe("cdfb95ba f42c0483 73eccb88 a357bcba e5cba412 a286fc5c cd0e0f1a 5c7b2de8");
  });

  it("turns two words into a uniform draw", () => {
    expect(new RandomStream(seed).seek(17, 3, 42).uniform()).toBe(0.8046201311617592);
  });

  it("gives a device the same draws whatever else was drawn before", () => {
    const fresh = new RandomStream(seed).seek(17, 2, 5).uniform();
    const used = new RandomStream(seed);
    for (let device = 0; device < 50; device++) used.seek(device, 2, 5).uniform();
    expect(used.seek(17, 2, 5).uniform()).toBe(fresh);
  });

  it("fires never at 0, always at 1, and at the stated share between", () => {
    const stream = new RandomStream(seed);
    let fired = 0;
    for (let call = 0; call < 20_000; call++) {
      expect(stream.seek(1, 9, call).fires(chanceThreshold(0))).toBe(false);
      expect(stream.seek(1, 9, call).fires(chanceThreshold(1))).toBe(true);
      if (stream.seek(1, 9, call).fires(chanceThreshold(0.01))) fired++;
    }
    // Exact 99.9 % binomial interval of 20,000 draws at 1 %.
    expect(fired).toBeGreaterThanOrEqual(155);
    expect(fired).toBeLessThanOrEqual(248);
  });
});

describe("seeds and purposes", () => {
  it("takes a decimal number as the seed itself", () => {
    expect(seedFrom("81985529216486895")).toEqual({ high: 0x01234567, low: 0x89abcdef });
    expect(seedFrom("7")).toEqual({ high: 0, low: 7 });
  });

  it("hashes any other text, and larger numbers, to different seeds", () => {
    const seeds = ["a", "b", "ab", "ba", "18446744073709551616"].map((text) => JSON.stringify(seedFrom(text)));
    expect(new Set(seeds).size).toBe(seeds.length);
  });

  it("keeps fault purposes apart from the fixed ones", () => {
    expect(faultPurpose("drop")).toBeGreaterThanOrEqual(0x8000_0000);
    expect(faultPurpose("drop")).not.toBe(faultPurpose("late"));
  });
});
