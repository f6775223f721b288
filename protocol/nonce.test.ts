import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { callOfNonce, NONCE_KEY, nonceOf, readNonce } from "./nonce.ts";

const tag = fc.stringMatching(/^[0-9a-f]{8}$/);

describe("nonce", () => {
  it("names its call in its own run, and no call in another", () => {
    fc.assert(
      fc.property(tag, tag, fc.nat(999_999_999), (own, other, call) => {
        const nonce = nonceOf(own, call);
        expect(callOfNonce(nonce, own)).toBe(call);
        if (own !== other) expect(callOfNonce(nonce, other)).toBeUndefined();
      }),
    );
  });

  it.each(["", "ab", "ab-", "ab-x", "ab--1", "ab-1.5", "ab-1 ", "ab-1234567890", "abc-1", "xab-1"])(
    "%j names no call of run ab",
    (nonce) => {
      expect(callOfNonce(nonce, "ab")).toBeUndefined();
    },
  );

  it.each([
    [{ [NONCE_KEY]: "t-1", more: 2 }, "t-1"],
    [{ [NONCE_KEY]: 1 }, undefined],
    [{}, undefined],
    [[], undefined],
    [null, undefined],
    [undefined, undefined],
    ["t-1", undefined],
    [3, undefined],
  ])("in %j it is %j", (value, nonce) => {
    expect(readNonce(value)).toBe(nonce);
  });
});
