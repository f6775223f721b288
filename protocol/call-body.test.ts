import { describe, expect, it } from "vitest";
import { bodyText, type CallBody, callBody, requestKey } from "./call-body.ts";
import { SECOND } from "./time.ts";

const parts = { method: "größe", params: { on: true }, timeout: 5 * SECOND, persistent: false, runTag: "0123abcd" };
const made = (change: object): CallBody => callBody({ ...parts, size: undefined, keyed: false, ...change }) as CallBody;

describe("callBody", () => {
  it("is JSON with the method, the timeout in milliseconds, the params and the nonce", () => {
    expect(JSON.parse(bodyText(made({}), "17"))).toEqual({
      method: "größe",
      timeout: 5_000,
      params: { on: true, nonce: "0123abcd-17" },
    });
    expect(JSON.parse(bodyText(made({ persistent: true, params: {} }), "0"))).toEqual({
      method: "größe",
      timeout: 5_000,
      persistent: true,
      params: { nonce: "0123abcd-0" },
    });
  });

  it.each([false, true])("fills the body to its size in bytes, however long the index (keyed: %s)", (keyed) => {
    for (const size of [200, 4_096]) {
      for (const index of ["0", "12345", "1234567890"]) {
        const text = bodyText(made({ size, keyed }), index, keyed ? requestKey("0123abcd", 7) : "");
        expect(new TextEncoder().encode(text).length).toBe(size);
        expect(JSON.parse(text).params.nonce).toBe(`0123abcd-${index}`);
      }
    }
  });

  it("says how small a body can be, and that size works", () => {
    const refused = callBody({ ...parts, size: 10, keyed: false }) as { least: number };
    expect(new TextEncoder().encode(bodyText(made({ size: refused.least }), "3")).length).toBe(refused.least);
    expect(callBody({ ...parts, size: refused.least - 1, keyed: false })).toEqual(refused);
  });

  it("keys are UUIDs, each call's its own", () => {
    expect(requestKey("0123abcd", 255)).toBe("0123abcd-0000-4000-8000-0000000000ff");
  });
});
