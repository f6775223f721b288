import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readsAsJson } from "./device-json.ts";

describe("a device's JSON (contract 6.5)", () => {
  test("every JSON text is JSON", () => {
    fc.assert(fc.property(fc.json(), (text) => readsAsJson(text)));
  });

  test.each(["{'a':1}", "{a:b}", "[x, 'y', \"z\"]", "{'a':{b:[1,'it\\'s']}}", "word", " {a : 1} ", "{}", "[]"])(
    "%s passes",
    (text) => {
      expect(readsAsJson(text)).toBe(true);
    },
  );

  test.each([
    '{"a":',
    "",
    " ",
    "{",
    "[",
    "[1",
    "{a}",
    "{a:}",
    "{:1}",
    "{a:1}}",
    "'a",
    '"a',
    "[1,]",
    "two words",
    "{{}:1}",
  ])("%j does not", (text) => {
    expect(readsAsJson(text)).toBe(false);
  });

  test("what never ends, however deep, is refused and not crashed on", () => {
    expect(readsAsJson("[".repeat(65_000))).toBe(false);
    expect(readsAsJson("{a:".repeat(20_000))).toBe(false);
  });

  test("reading takes time in proportion to the length: 65,000 characters of any kind are read at once", () => {
    const started = performance.now();
    for (const piece of ["'", "a,", "[a,", "{a:'", "\\'", " "]) {
      readsAsJson(`[${piece.repeat(65_000 / piece.length)}`);
    }
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
