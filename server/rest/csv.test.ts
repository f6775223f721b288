import fc from "fast-check";
import { expect, test } from "vitest";
import { readCsv } from "./csv.ts";

test.each<[string, string, readonly (readonly string[])[]]>([
  ["", ",", []],
  [
    "a,b\nc,d\n",
    ",",
    [
      ["a", "b"],
      ["c", "d"],
    ],
  ],
  [
    "a;b\r\nc;\r\n",
    ";",
    [
      ["a", "b"],
      ["c", ""],
    ],
  ],
  ['"a,1","say ""x"""\n', ",", [["a,1", 'say "x"']]],
  ['"two\nlines",b', ",", [["two\nlines", "b"]]],
  ["\n\na\n", ",", [["a"]]],
  [" a , b ", ",", [["a", "b"]]],
  ["a,", ",", [["a", ""]]],
  [",\n", ",", [["", ""]]],
  ['"open', ",", [["open"]]],
  ["\uFEFFa\rb", ",", [["a"], ["b"]]],
])("lines of %j", (text, delimiter, fields) => {
  expect(readCsv(text, delimiter).map((line) => line.fields)).toEqual(fields);
});

test("what was quoted comes back, and any text ends", () => {
  const field = fc.string({ unit: fc.constantFrom("a", '"', ",", "\n", "\r", " ") });
  fc.assert(
    fc.property(
      fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { maxLength: 5 }),
      fc.string(),
      (lines, noise) => {
        const text = lines.map((fields) => fields.map((it) => `"${it.replaceAll('"', '""')}"`).join(",")).join("\n");
        expect(readCsv(text, ",").map((line) => line.fields)).toEqual(lines);
        readCsv(noise, ",");
      },
    ),
  );
});
